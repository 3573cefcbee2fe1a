"""A ceiling of memory: a check that copies a huge array fails its test, not the machine."""

import resource

import pytest

CEILING = 6 * 2**30  # bytes of address space; numpy with its threads maps less than two of them


@pytest.fixture(autouse=True, scope="module")
def memory_ceiling():
    """Limit the address space of the test process, and of no browser after these tests."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = CEILING if hard == resource.RLIM_INFINITY else min(CEILING, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
