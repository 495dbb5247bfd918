// Package trained applies models that have been trained: M1, M2 and M1+M2 of Kingma et al. 2014, "Semi-supervised
// learning with deep generative models", the supervised network and the baselines. It knows no training loop and no
// checkpoints; package train makes the models.
//
//	m, err := trained.Open("runs/mnist")       // a run folder, or a safetensors file
//	p, err := m.Classify(ctx, x)               // x [n, d] → probabilities [n, K], of the classes m.Classes()
//	z, err := m.Encode(ctx, x)                 // → means of the latents
//	b, err := m.Bound(ctx, x)                  // → lower bounds on log p(x), in nats, [n]
//	y, err := m.Generate(ctx, class, n, seed)  // → n examples of a class, [n, d]
//	a, err := m.Analogy(ctx, x)                // → x drawn as every class, [n, K, d]
//
// Arrays are of gorgonia.org/tensor, of float32, a row an example, in row-major order or a view. Pixels are numbers
// from 0 to 1: bytes divided by 255. Real values are raw, as those that the model was trained on: it transforms them
// itself, Model.Input, and gives raw ones back; the bounds are of the values that the networks see. A missing value is
// NaN, where the model was trained to take it. What a method gives is a new array of the caller's. An array of another
// shape or type, and a pixel out of bounds, is an error for which errors.Is finds ErrInput; it says what was wanted and
// what was found.
//
// A call goes through the examples in minibatches of eval.batch_size: beside x, the result and the latents it takes no
// more memory for many examples than for few. It computes on engine/cpu, which it opens and closes, unless OpenDevice
// or On say where else. When its context ends, it returns the context's error after the minibatch under way. Numbers
// are those of `ssdgm eval` and `ssdgm generate` on the same device, to the last bit.
//
// # Many calls
//
// A stream or a server brings a model to its device once, and answers rows in slices of float32, one after the other:
//
//	a, err := m.Apply()                        // one for each goroutine; Close it
//	p, err := a.Classify(ctx, x)               // x [n · d] → probabilities [n · K]
//	c, err := a.EncodeAll(ctx, x, options)     // → means of the latents, log-variances, samples
//	b, err := a.Bounds(ctx, x)                 // → lower bounds on log p(x); m.Usual makes percentiles of them
//	y, err := a.Generate(ctx, drawing)         // → examples of a class, from a number on
//	f, err := a.Impute(ctx, x, options)        // x with NaN → what is missing, with its spread
//
// Of n rows each is answered as it is alone, also where latents are drawn: their noise is a function of the seed and of
// the row's own values. NewEnsemble makes one classifier of several models. Both are a Classifier.
//
// # Files
//
// A model's file is in the safetensors format. Parameters are named m1.encoder.0.weight [out, in] and so on; m1.kept
// lists the latents of M1 that M2 works on. The metadata that a program of its own needs to write are inputs, height,
// width, classes and step, as numbers, and in JSON
//
//	architecture  keys of the configuration: {"model": "m1", "m1.hidden": [600, 600], "m1.latents": 50, …}
//	input         what becomes of an example: {"kind": "pixels", "divisor": 255}, "none" of real values, or "fitted":
//	              {"kind": "fitted", "divisor": 1, "scale": "standard", "missing": "error"}, with the tensors input.shift
//	              and input.scale [d], input.fill [d] for missing = "mean", and of "pca" input.pca.mean [d],
//	              input.pca.components [k, d] and, whitened, input.pca.scale [k]; see package transform
//	class_names   in the order of the labels: ["0", "1", …]
//
// A file that ssdgm wrote has tensors_sha256 too, a checksum (see safetensors.Summed): whoever changes a tensor takes
// it out, or makes it anew.
//
// Without input and class_names, examples are pixels, and classes are called by their numbers.
package trained
