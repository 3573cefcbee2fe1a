"""What a candidate cannot do, by what this machine gives.

holding    what holds here             doctor     ... in words          probe  tries to get out
nursery    where candidates are born   ward       ... live and die      keeper ... are confined
ground     the layers                  namespaces, landlock, seccomp    each of them
limits     time, memory, processes     causes     why one ended
"""
