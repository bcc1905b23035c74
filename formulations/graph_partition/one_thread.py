"""One thread for the linear algebra of small matrices: quicker than several, and the same to the last bit anywhere."""

from contextlib import AbstractContextManager
from functools import cache

import scipy.linalg  # noqa: F401 - its BLAS must be loaded to be found
from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager[object]:
    """Return a context in which BLAS and LAPACK use one thread.

    Threads of OpenBLAS wait for each other by spinning: on a busy machine an eigenvalue decomposition of a matrix of
    order 8 takes fifty times as long with two of them.
    """
    context: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return context


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
