// Package oracle states the objectives of M1, M2 and the supervised network
// once more, as Gorgonia expression graphs in float64, and lets Gorgonia
// differentiate them.
//
// It is the second opinion on the gradients that package model derives by
// hand, so it shares no code with them: it knows neither the models nor the
// engine, takes parameters as plain matrices under the names that checkpoints
// use, and takes the noise instead of drawing it. The equations are those of
// Kingma, Mohamed, Rezende and Welling, "Semi-supervised Learning with Deep
// Generative Models" (2014).
//
// Its price is a fresh graph for every call: fit for a check, not for a
// training loop. Builds with the cuda tag leave it empty, because Gorgonia
// would then want cgo and a GPU.
package oracle
