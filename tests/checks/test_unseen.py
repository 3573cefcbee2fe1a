"""Operations for which no hypothesis was written: right ones pass, wrong ones fail, names are true.

A name counts where a person has read its sentence and found it true of the mistake, and no false
trail to it. Hypotheses must not be written with these mutants in sight, or the rate measures
nothing. It is measured twice: by the hypotheses alone, and with single edits of the right backward.
"""

from collections import Counter
from contextlib import nullcontext
from functools import cache, partial

import pytest
from unseen_operations import MUTANTS, OPERATIONS

from gradelib.checks.mistakes import fingerprints

# Judged true: for each mutant the identifiers whose sentence fits what is wrong with it.
TRUE_NAMES = {
    "ln_mean_constant": {"mean-term"},
    "ln_variance_constant": {"spread-term"},
    "ln_statistics_constant": {"spread-term"},
    "ln_forgot_gamma": {"samples-weighed"},
    "ln_dgamma_is_dbeta": {"signal-unchanged"},
    "ln_parameters_averaged": {"averaged"},
    "ln_parameters_wrong_axis": {"wrong-axis"},
    "ln_wrong_power": {"spread-term"},
    "ln_divides_by_batch": {"spread-term"},
    "ln_no_epsilon": {"factor-by-slice"},
    "ln_bessel": {"spread-term"},
    "ln_sign_of_variance_term": {"spread-term"},
    "ln_divides_by_variance": {"factor-by-slice"},
    "conv_dx_overwritten": {"overwritten-terms"},
    "conv_padding_left": {"shape"},
    "conv_dw_turned": {"reversed"},
    "conv_dw_transposed": {"transpose"},
    "conv_db_mean": {"factor-count"},
    "conv_db_batch_mean": {"factor-half"},
    "conv_db_by_position": {"wrong-axis"},
    "conv_dw_averaged": {"factor-half"},
    "conv_last_sample": {"overwritten-terms"},
    "hinge_not_averaged": {"not-averaged", "one-term-scaled"},
    "hinge_no_penalty": {"penalty-too-small"},
    "hinge_penalty_doubled": {"penalty-too-large"},
    "hinge_penalty_averaged": {"penalty-too-small"},
    "hinge_upstream": {"ignored-upstream"},
    "hinge_dx_not_averaged": {"not-averaged"},
    "pool_overwritten": {"overwritten-terms"},
    "pool_minimum": {"turned-over"},
    "pool_no_upstream": {"ignored-upstream"},
    "pool_times_value": {"factor-at-hand"},
    "pool_short_loop": {"samples-left-out", "unreached"},
    "emb_plus_equals": {"overwritten-terms"},
    "emb_loop_overwrites": {"overwritten-terms"},
    "emb_row_by_row": {"samples-left-out"},  # where the repeats fall on the same positions
    "emb_averaged_by_count": {"averaged-terms"},
    "emb_first_only": {"overwritten-terms"},
    "emb_divided": {"factor-half"},
    "emb_off_by_one": {"shifted"},
    "emb_short_loop": {"samples-left-out"},
    "emb_last_token": {"samples-left-out"},
    "emb_counts": {"ignored-upstream"},
    "emb_not_scattered": {"not-summed"},
    "emb_padding": {"unreached"},
    "emb_sequence_sum": {"upstream-changed"},
    "step_sigmoid": {"other-signal"},
    "step_tanh_twice": {"other-signal"},
    "step_no_square": {"other-signal"},
    "step_no_activation": {"signal-unchanged"},
    "step_derivative_at_z": {"other-signal"},
    "step_dwh_transposed": {"transpose"},
    "step_db_mean": {"averaged"},
    "step_db_from_dout": {"signal-unchanged"},
    "step_db_not_summed": {"not-summed"},
    "step_dh_from_dout": {"signal-unchanged"},
    "step_plus": {"other-signal"},
    "step_skip": {"counted-twice"},
    "att_no_scale": {"factor-root"},
    "att_no_scale_dk": {"factor-root"},
    "att_scale_not_rooted": {"factor-root"},
    "att_scale_from_keys": {"factor"},
    "att_dv_not_transposed": {"pushed-forward"},
    "att_exchanged": {"wrong-order"},
    "att_v_not_transposed": {"factor-transposed"},
    "rms_own_term_only": {"diagonal-only"},
    "rms_as_layernorm": {"mean-term"},
    "rms_dgain_not_summed": {"not-summed"},
    "group_constants": {"spread-term"},
    "group_by_channel": {"spread-term"},
    "group_positions_averaged": {"factor-count"},
    "group_positions_kept": {"wrong-axis"},
    "group_no_gamma": {"samples-weighed"},
    "group_no_mean": {"mean-term"},
    "unit_not_divided": {"factor-by-slice"},
    "unit_diagonal": {"diagonal-only"},
    "unit_squared": {"factor-by-slice"},
    "nll_not_averaged": {"not-averaged"},
    "nll_averaged_over_entries": {"averaged"},
    "nll_sign": {"sign"},
    "nll_label_only": {"unreached"},
    "nll_no_label": {"at-labels"},
    "nll_normalised_over_batch": {"one-term-at-labels"},
    "nll_upstream": {"ignored-upstream"},
    "rnn_no_time": {"overwritten-terms"},
    "rnn_first_step_missing": {"unreached"},
    "rnn_added_too_late": {"other-signal"},
    "rnn_forwards": {"other-signal"},
    "rnn_not_transposed": {"other-signal"},
    "rnn_averaged_over_time": {"averaged"},
    "rnn_no_dh0": {"zero"},
    "gate_sign": {"sign"},
    "causal_transposed": {"transpose"},
    "causal_exchanged": {"wrong-order"},
    "bilinear_dw_swapped": {"transpose"},
    "bilinear_exchanged": {"wrong-order"},
    "bilinear_overwritten": {"overwritten-terms"},
    "bilinear_averaged": {"averaged"},
    "bilinear_upstream": {"ignored-upstream"},
    "dropout_not_scaled": {"factor"},
    "dropout_scaled_inversely": {"factor"},
    "dropout_by_drop_probability": {"factor"},
    "dropout_no_mask": {"mask-missing"},
    "dropout_inverted": {"mask-inverted"},
    "dropout_identity": {"handed-through"},
    "dropout_times_input": {"factor-at-hand"},
    "avg_not_divided": {"factor-count"},
    "avg_divided_by_side": {"not-averaged"},
    "avg_overwritten": {"overwritten-terms"},
    "avg_divided_by_windows": {"factor"},
}
# Judged true as well: what an edit of the right backward is called.
TRUE_EDITS = {
    "ln_mean_constant": {"missing-term"},
    "ln_variance_constant": {"missing-part"},
    "ln_forgot_gamma": {"missing-factor"},
    "ln_dgamma_from_x": {"wrong-array"},
    "ln_dgamma_is_dbeta": {"missing-factor"},
    "ln_no_epsilon": {"missing-term"},
    "ln_sign_of_variance_term": {"inner-sign"},
    "ln_divides_by_variance": {"missing-function"},
    "conv_dw_overwritten": {"overwritten-branch"},
    "hinge_right_class_forgotten": {"missing-step"},
    "hinge_mask_without_margin": {"wrong-comparison"},
    "pool_row_column": {"transpose"},
    "pool_short_loop": {"loop"},
    "step_no_square": {"constant"},
    "step_no_activation": {"missing-factor"},
    "step_not_transposed": {"transposed-factor"},
    "step_new_state": {"wrong-array"},
    "step_db_from_dout": {"missing-factor"},
    "step_dh_from_dout": {"missing-factor"},
    "step_plus": {"inner-sign"},
    "att_diagonal": {"missing-sum"},
    "att_no_sum": {"missing-term"},
    "att_wrong_axis": {"axis"},
    "att_softmax_skipped": {"wrong-array"},
    "att_dk_not_transposed": {"transposed-factor"},
    "rms_constant": {"missing-term"},
    "rms_no_mean": {"missing-factor"},
    "rms_forgot_half": {"constant"},
    "rms_dgain_unnormalised": {"missing-factor"},
    "group_constants": {"missing-step"},
    "group_no_gamma": {"missing-factor"},
    "group_no_mean": {"missing-term"},
    "unit_length_constant": {"missing-term"},
    "unit_not_divided": {"missing-factor"},
    "unit_sign": {"inner-sign"},
    "unit_axis": {"axis"},
    "nll_no_label": {"missing-term"},
    "rnn_no_time": {"missing-term"},
    "rnn_overwritten": {"overwritten-branch"},
    "rnn_forwards": {"loop"},
    "rnn_not_transposed": {"transposed-factor"},
    "gate_direct_only": {"missing-term"},
    "gate_overwritten": {"missing-term"},
    "gate_sign": {"inner-sign"},
    "gate_no_sigmoid": {"wrong-array"},
    "gate_no_old_state": {"missing-term"},
    "gate_dc_linear": {"missing-factor"},
    "gate_not_transposed": {"transposed-factor"},
    "causal_overwritten": {"missing-term"},
    "causal_no_key": {"missing-term"},
    "causal_wrong_matrix": {"wrong-array"},
}
# Mutants with a true name at seed 0, by the hypotheses alone and with edits, of how many.
# A name found by luck of the draw would show here.
NAMED = {
    "layer norm": (12, 13, 15),
    "convolution": (9, 10, 14),
    "hinge loss": (6, 8, 14),
    "max pooling": (5, 6, 15),
    "embedding": (12, 12, 14),
    "recurrent step": (12, 14, 14),
    "attention": (7, 12, 15),
    "RMS norm": (3, 7, 7),
    "group norm": (6, 6, 6),
    "L2 normalisation": (3, 6, 6),
    "log-softmax and NLL": (7, 7, 9),
    "recurrent sequence": (7, 8, 9),
    "gated step": (1, 7, 9),
    "causal self-attention": (2, 5, 7),
    "bilinear scores": (5, 5, 7),
    "dropout with a given mask": (7, 7, 8),
    "average pooling": (4, 4, 6),
}


@cache
def fingerprints_of(operation, seed=0):
    return operation.fingerprints(seed)


@cache
def names_of(mutant, edits, seed=0):
    """What the report of a mutant names, once it has failed."""
    context = nullcontext
    if edits:
        context = partial(fingerprints.known, fingerprints_of(mutant.operation, seed))
    report = mutant.report(seed, context)
    assert report.verdict == "failed"
    return {d.mistake for d in report.diagnoses}


def true_of(mutant, edits):
    names = TRUE_NAMES.get(mutant.name, set())
    return names | TRUE_EDITS.get(mutant.name, set()) if edits else names


BOTH = pytest.mark.parametrize(
    "edits",
    [pytest.param(False, id="alone", marks=pytest.mark.slow), pytest.param(True, id="edits")],
)


def test_every_judgement_belongs_to_a_mutant():
    """The tables speak of mutants that exist, each under a name of its own."""
    names = [mutant.name for mutant in MUTANTS]
    assert len(set(names)) == len(names)
    assert TRUE_NAMES.keys() | TRUE_EDITS.keys() <= set(names)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.names[0] + " of " + o.name)
def test_right_backward_passes(operation):
    """The right backward of each operation passes at twenty seeds, without a word."""
    for seed in range(20):
        report = operation.report(seed=seed)
        assert report.passed, f"seed {seed}: {report}"
        assert report.diagnoses == ()
        assert report.warnings == ()


@BOTH
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_wrong_backward_fails_without_a_false_name(mutant, edits):
    """No mutant passes, and only names appear that were judged true of its mistake."""
    assert names_of(mutant, edits) <= true_of(mutant, edits), mutant.mistake


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("seed", range(1, 5))
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_no_name_is_false_at_more_seeds(mutant, seed, edits):
    """No mutant passes or is left undecided, and no other name comes up, whatever the numbers."""
    assert names_of(mutant, edits, seed) <= true_of(mutant, edits), mutant.mistake


@BOTH
def test_as_many_are_named_as_were_measured(edits):
    """The number of mutants with a true name, by operation, is the one that was measured."""
    named, all_of = Counter(), Counter(m.operation.name for m in MUTANTS)
    for mutant in MUTANTS:
        named[mutant.operation.name] += bool(names_of(mutant, edits) & true_of(mutant, edits))
    assert {name: (named[name], all_of[name]) for name in all_of} == {
        name: (counts[edits], counts[2]) for name, counts in NAMED.items()
    }
    assert [sum(column) for column in zip(*NAMED.values(), strict=True)] == [108, 137, 175]
