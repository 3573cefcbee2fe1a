"""All operations for which no hypothesis was written, and all their wrong backwards."""

from unseen_attention import ATTENTION, CAUSAL, SQUARE_ATTENTION
from unseen_gates import GATE, GROUP_NORM, L2_NORMALISATION
from unseen_images import CONVOLUTION, MAX_POOLING
from unseen_lookups import BILINEAR, EMBEDDING
from unseen_losses import HINGE, NLL
from unseen_norms import LAYER_NORM, RMS_NORM
from unseen_pooling import AVERAGE_POOLING, DROPOUT
from unseen_recurrent import RNN, STEP

__all__ = ["MUTANTS", "OPERATIONS"]

OPERATIONS = (
    LAYER_NORM,
    CONVOLUTION,
    HINGE,
    MAX_POOLING,
    EMBEDDING,
    STEP,
    ATTENTION,
    SQUARE_ATTENTION,
    RMS_NORM,
    GROUP_NORM,
    L2_NORMALISATION,
    NLL,
    RNN,
    GATE,
    CAUSAL,
    BILINEAR,
    DROPOUT,
    AVERAGE_POOLING,
)
MUTANTS = tuple(mutant for operation in OPERATIONS for mutant in operation.mutants)
