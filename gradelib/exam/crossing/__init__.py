"""What passes between the examiner and a candidate, and how: values, handles, calls.

wire       frames of plain data        plain, reading     to trees and back
values     ... handles among them      known, library     named rather than sent
handles    what stands for an object   classes            ... of which class
shared     copies on both sides        restoring, streams changes in place, draws
peers      both ends                   border, serving    the examiner's, the candidate's
failures   exceptions                  given              what a test may give
"""
