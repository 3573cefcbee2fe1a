"""Layer norm and RMS norm, with wrong backwards of each."""
# ruff: noqa: RUF059 - students compute what they do not use

import numpy as np
from unseen import Operation, wrong

EPS = 1e-5


def layernorm_forward(x, gamma, beta):
    mu = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    xhat = (x - mu) / np.sqrt(var + EPS)
    return gamma * xhat + beta, (x, xhat, gamma, mu, var)


def layernorm_backward(dout, cache):
    x, xhat, gamma, mu, var = cache
    dgamma = np.sum(dout * xhat, axis=0)
    dbeta = np.sum(dout, axis=0)
    dxhat = dout * gamma
    mean_d = np.mean(dxhat, axis=1, keepdims=True)
    mean_dx = np.mean(dxhat * xhat, axis=1, keepdims=True)
    dx = (dxhat - mean_d - xhat * mean_dx) / np.sqrt(var + EPS)
    return dx, dgamma, dbeta


LAYER_NORM = Operation(
    "layer norm",
    layernorm_forward,
    layernorm_backward,
    lambda r: (r.normal(2, 3, size=(5, 7)), r.normal(1, 0.5, size=7), r.normal(size=7)),
    ("x", "gamma", "beta"),
)


@wrong(LAYER_NORM, "the mean is treated as a constant")
def ln_mean_constant(dout, cache):
    x, xhat, gamma, mu, var = cache
    D = x.shape[1]
    std = np.sqrt(var + EPS)
    dxhat = dout * gamma
    dvar = (dxhat * (x - mu) * -0.5 / std**3).sum(axis=1, keepdims=True)
    dx = dxhat / std + dvar * 2 * (x - mu) / D
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)


@wrong(LAYER_NORM, "the variance is treated as a constant")
def ln_variance_constant(dout, cache):
    x, xhat, gamma, mu, var = cache
    dxhat = gamma * dout
    dx = (dxhat - dxhat.mean(axis=1, keepdims=True)) / np.sqrt(var + EPS)
    return dx, (dout * xhat).sum(0), dout.sum(0)


@wrong(LAYER_NORM, "mean and variance are both treated as constants")
def ln_statistics_constant(dout, cache):
    x, xhat, gamma, mu, var = cache
    dgamma = np.einsum("nd,nd->d", dout, xhat)
    return dout * gamma / np.sqrt(var + EPS), dgamma, dout.sum(axis=0)


@wrong(LAYER_NORM, "the means are over the batch (axis 0), as in batch norm")
def ln_batchnorm_formula(dout, cache):
    x, xhat, gamma, mu, var = cache
    N = dout.shape[0]
    dgamma = (dout * xhat).sum(axis=0)
    dbeta = dout.sum(axis=0)
    dxhat = dout * gamma
    dx = N * dxhat - dxhat.sum(axis=0) - xhat * (dxhat * xhat).sum(axis=0)
    return dx / (N * np.sqrt(var + EPS)), dgamma, dbeta


@wrong(LAYER_NORM, "gamma is left out of dx")
def ln_forgot_gamma(dout, cache):
    x, xhat, gamma, mu, var = cache
    dgamma, dbeta = (dout * xhat).sum(axis=0), dout.sum(axis=0)
    centred = dout - dout.mean(axis=1, keepdims=True)
    along = xhat * (dout * xhat).mean(axis=1, keepdims=True)
    return (centred - along) / np.sqrt(var + EPS), dgamma, dbeta


@wrong(LAYER_NORM, "dgamma uses x where it needs the normalised x")
def ln_dgamma_from_x(dout, cache):
    dx, _, dbeta = layernorm_backward(dout, cache)
    return dx, np.sum(dout * cache[0], axis=0), dbeta


@wrong(LAYER_NORM, "dgamma leaves out the normalised x, so it equals dbeta")
def ln_dgamma_is_dbeta(dout, cache):
    dx = layernorm_backward(dout, cache)[0]
    dbeta = np.ones(len(dout)) @ dout
    dgamma = dbeta.copy()
    return dx, dgamma, dbeta


@wrong(LAYER_NORM, "dgamma and dbeta are averaged over the batch where they should be summed")
def ln_parameters_averaged(dout, cache):
    x, xhat, gamma, mu, var = cache
    inv = 1 / np.sqrt(var + EPS)
    D = dout.shape[1]
    dh = dout * gamma
    dx = inv / D * (D * dh - dh.sum(1)[:, None] - xhat * (dh * xhat).sum(1)[:, None])
    return dx, np.mean(dout * xhat, axis=0), np.mean(dout, axis=0)


@wrong(LAYER_NORM, "dgamma and dbeta are summed over the features in place of the batch")
def ln_parameters_wrong_axis(dout, cache):
    dx, _, _ = layernorm_backward(dout, cache)
    return dx, (dout * cache[1]).sum(axis=1), dout.sum(axis=1)


@wrong(LAYER_NORM, "the derivative of 1/sqrt has the wrong power: the variance for its 3/2")
def ln_wrong_power(dout, cache):
    x, xhat, gamma, mu, var = cache
    D = x.shape[1]
    xc = x - mu
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xc, axis=1, keepdims=True) * -0.5 / (var + EPS)
    dmu = -np.sum(dxhat, axis=1, keepdims=True) / np.sqrt(var + EPS)
    dx = dxhat / np.sqrt(var + EPS) + 2 * xc / D * dvar + dmu / D
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)


@wrong(LAYER_NORM, "divides by the number of samples where it should be the features")
def ln_divides_by_batch(dout, cache):
    x, xhat, gamma, mu, var = cache
    N = x.shape[0]
    dxhat = dout * gamma
    dvar = np.sum(dxhat * (x - mu), axis=1, keepdims=True) * -0.5 * (var + EPS) ** -1.5
    dmu = np.sum(-dxhat / np.sqrt(var + EPS), axis=1, keepdims=True)
    dx = dxhat / np.sqrt(var + EPS) + dvar * 2 * (x - mu) / N + dmu / N
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)


@wrong(LAYER_NORM, "the epsilon of the forward is missing in the backward")
def ln_no_epsilon(dout, cache):
    x, xhat, gamma, mu, var = cache
    dxhat = dout * gamma
    s = dxhat.mean(axis=1, keepdims=True) + xhat * (dxhat * xhat).mean(axis=1, keepdims=True)
    return (dxhat - s) / np.sqrt(var), (dout * xhat).sum(axis=0), dout.sum(axis=0)


@wrong(LAYER_NORM, "the variance's term is divided by D - 1 (Bessel), the forward's by D")
def ln_bessel(dout, cache):
    x, xhat, gamma, mu, var = cache
    D = x.shape[1]
    dxhat = dout * gamma
    std = np.sqrt(var + EPS)
    dstd = -(dxhat * xhat).sum(axis=1, keepdims=True) / std
    dxc = dxhat / std + dstd * (x - mu) / ((D - 1) * std)
    return dxc - dxc.mean(axis=1, keepdims=True), (dout * xhat).sum(0), dout.sum(0)


@wrong(LAYER_NORM, "the variance's term has the wrong sign")
def ln_sign_of_variance_term(dout, cache):
    x, xhat, gamma, mu, var = cache
    dx = np.empty_like(x)
    for n in range(len(x)):
        d = dout[n] * gamma
        dx[n] = (d - d.mean() + xhat[n] * (d @ xhat[n]) / d.size) / np.sqrt(var[n] + EPS)
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)


@wrong(LAYER_NORM, "dx is divided by the variance where it should be its root")
def ln_divides_by_variance(dout, cache):
    x, xhat, gamma, mu, var = cache
    g = dout * gamma
    g = g - g.mean(axis=1, keepdims=True) - xhat * (g * xhat).mean(axis=1, keepdims=True)
    return g / (var + EPS), (dout * xhat).sum(axis=0), dout.sum(axis=0)


def rmsnorm_forward(x, gain):
    rms = np.sqrt(np.mean(x**2, axis=1, keepdims=True) + EPS)
    return x / rms * gain, (x, rms, gain)


def rmsnorm_backward(dout, cache):
    x, rms, gain = cache
    D = x.shape[1]
    dgain = np.sum(dout * x / rms, axis=0)
    dn = dout * gain
    dx = dn / rms - x * np.sum(dn * x, axis=1, keepdims=True) / (D * rms**3)
    return dx, dgain


RMS_NORM = Operation(
    "RMS norm",
    rmsnorm_forward,
    rmsnorm_backward,
    lambda r: (r.normal(1, 2, size=(5, 3)), r.normal(1, 0.5, size=3)),
    ("x", "gain"),
)


@wrong(RMS_NORM, "the rms is treated as a constant")
def rms_constant(dout, cache):
    x, rms, gain = cache
    return dout * gain / rms, (dout * x / rms).sum(axis=0)


@wrong(RMS_NORM, "the sum over the features of a row is missing in the second term")
def rms_own_term_only(dout, cache):
    x, rms, gain = cache
    dn = dout * gain
    return dn / rms - x * dn * x / (x.shape[1] * rms**3), (dout * x / rms).sum(axis=0)


@wrong(RMS_NORM, "1/D is missing in the second term")
def rms_no_mean(dout, cache):
    x, rms, gain = cache
    dn = dout * gain
    drms = -(dn * x).sum(axis=1, keepdims=True) / rms**2
    return dn / rms + drms * x / rms, (dout * x / rms).sum(axis=0)


@wrong(RMS_NORM, "the second term has a factor 2 too many: the 1/2 of the root is forgotten")
def rms_forgot_half(dout, cache):
    x, rms, gain = cache
    dn = dout * gain
    dms = -(dn * x).sum(axis=1, keepdims=True) / rms**3
    return dn / rms + dms * 2 * x / x.shape[1], (dout * x / rms).sum(axis=0)


@wrong(RMS_NORM, "dgain uses x where it needs x / rms")
def rms_dgain_unnormalised(dout, cache):
    dx, _ = rmsnorm_backward(dout, cache)
    return dx, (dout * cache[0]).sum(axis=0)


@wrong(RMS_NORM, "a mean is subtracted, as if it were layer norm")
def rms_as_layernorm(dout, cache):
    x, rms, gain = cache
    n = x / rms
    d = dout * gain
    d = d - d.mean(axis=1, keepdims=True) - n * (d * n).mean(axis=1, keepdims=True)
    return d / rms, (dout * n).sum(axis=0)


@wrong(RMS_NORM, "dgain is not summed over the batch")
def rms_dgain_not_summed(dout, cache):
    return rmsnorm_backward(dout, cache)[0], dout * cache[0] / cache[1]
