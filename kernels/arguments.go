// Code generated from the device code by go generate ./kernels. DO NOT EDIT.

package kernels

import "ssdgm/engine"

// activationGradArguments are those of activation_grad.cu.
type activationGradArguments struct {
	dy         Floats
	from       Floats
	n          int
	activation engine.Activation
}

func (a activationGradArguments) kernel() string { return "activation_grad" }

func (a activationGradArguments) lay(l *layout) {
	array(l.parameter(), a.dy)
	array(l.parameter(), a.from)
	integer(l.parameter(), a.n)
	integer(l.parameter(), a.activation)
}

// addLabelsArguments are those of add_labels.cu.
type addLabelsArguments struct {
	h          Floats
	pre        Floats
	table      Floats
	labelOf    Ints
	pairs      engine.Pairs
	width      int
	activation engine.Activation
}

func (a addLabelsArguments) kernel() string { return "add_labels" }

func (a addLabelsArguments) lay(l *layout) {
	array(l.parameter(), a.h)
	array(l.parameter(), a.pre)
	array(l.parameter(), a.table)
	array(l.parameter(), a.labelOf)
	layPairs(l.parameter(), a.pairs)
	integer(l.parameter(), a.width)
	integer(l.parameter(), a.activation)
}

// addLabelsGradArguments are those of add_labels_grad.cu.
type addLabelsGradArguments struct {
	dtable     Floats
	dh         Floats
	from       Floats
	labelOf    Ints
	pairs      engine.Pairs
	width      int
	activation engine.Activation
}

func (a addLabelsGradArguments) kernel() string { return "add_labels_grad" }

func (a addLabelsGradArguments) lay(l *layout) {
	array(l.parameter(), a.dtable)
	array(l.parameter(), a.dh)
	array(l.parameter(), a.from)
	array(l.parameter(), a.labelOf)
	layPairs(l.parameter(), a.pairs)
	integer(l.parameter(), a.width)
	integer(l.parameter(), a.activation)
}

// addSumArguments are those of add_sum.cu.
type addSumArguments struct {
	sum     Doubles
	x       Floats
	weight  Floats
	scratch Floats
	n       int
}

func (a addSumArguments) kernel() string { return "add_sum" }

func (a addSumArguments) lay(l *layout) {
	array(l.parameter(), a.sum)
	array(l.parameter(), a.x)
	array(l.parameter(), a.weight)
	array(l.parameter(), a.scratch)
	integer(l.parameter(), a.n)
}

// beginGaussianArguments are those of begin_gaussian.cu.
type beginGaussianArguments struct {
	dst       Floats
	beginning Beginning
	rows      Gaussians
	scratch   Floats
}

func (a beginGaussianArguments) kernel() string { return "begin_gaussian" }

func (a beginGaussianArguments) lay(l *layout) {
	array(l.parameter(), a.dst)
	layBeginning(l.parameter(), a.beginning)
	layGaussians(l.parameter(), a.rows)
	array(l.parameter(), a.scratch)
}

// beginPixelsArguments are those of begin_pixels.cu.
type beginPixelsArguments struct {
	dst       Floats
	beginning Beginning
	rows      Pixels
	scratch   Floats
}

func (a beginPixelsArguments) kernel() string { return "begin_pixels" }

func (a beginPixelsArguments) lay(l *layout) {
	array(l.parameter(), a.dst)
	layBeginning(l.parameter(), a.beginning)
	layPixels(l.parameter(), a.rows)
	array(l.parameter(), a.scratch)
}

// beginStepArguments are those of begin_step.cu.
type beginStepArguments struct {
	schedule Schedule
	replicas int
}

func (a beginStepArguments) kernel() string { return "begin_step" }

func (a beginStepArguments) lay(l *layout) {
	laySchedule(l.parameter(), a.schedule)
	integer(l.parameter(), a.replicas)
}

// bernoulliNLLArguments are those of bernoulli_nll.cu.
type bernoulliNLLArguments struct {
	nll     Floats
	dlogits Floats
	logits  Floats
	x       Floats
	weight  Floats
	pairs   engine.Pairs
	width   int
}

func (a bernoulliNLLArguments) kernel() string { return "bernoulli_nll" }

func (a bernoulliNLLArguments) lay(l *layout) {
	array(l.parameter(), a.nll)
	array(l.parameter(), a.dlogits)
	array(l.parameter(), a.logits)
	array(l.parameter(), a.x)
	array(l.parameter(), a.weight)
	layPairs(l.parameter(), a.pairs)
	integer(l.parameter(), a.width)
}

// bernoulliNLLMissingArguments are those of bernoulli_nll_missing.cu.
type bernoulliNLLMissingArguments struct {
	nll     Floats
	dlogits Floats
	logits  Floats
	x       Floats
	weight  Floats
	pairs   engine.Pairs
	width   int
}

func (a bernoulliNLLMissingArguments) kernel() string { return "bernoulli_nll_missing" }

func (a bernoulliNLLMissingArguments) lay(l *layout) {
	array(l.parameter(), a.nll)
	array(l.parameter(), a.dlogits)
	array(l.parameter(), a.logits)
	array(l.parameter(), a.x)
	array(l.parameter(), a.weight)
	layPairs(l.parameter(), a.pairs)
	integer(l.parameter(), a.width)
}

// checkFiniteArguments are those of check_finite.cu.
type checkFiniteArguments struct {
	fault   Ints
	values  Floats
	clock   Ints
	site    int
	scratch Floats
	n       int
}

func (a checkFiniteArguments) kernel() string { return "check_finite" }

func (a checkFiniteArguments) lay(l *layout) {
	array(l.parameter(), a.fault)
	array(l.parameter(), a.values)
	array(l.parameter(), a.clock)
	integer(l.parameter(), a.site)
	array(l.parameter(), a.scratch)
	integer(l.parameter(), a.n)
}

// classPriorGradArguments are those of class_prior_grad.cu.
type classPriorGradArguments struct {
	dlogits  Floats
	weight   Floats
	logPrior Floats
	labelOf  Ints
	pairs    engine.Pairs
}

func (a classPriorGradArguments) kernel() string { return "class_prior_grad" }

func (a classPriorGradArguments) lay(l *layout) {
	array(l.parameter(), a.dlogits)
	array(l.parameter(), a.weight)
	array(l.parameter(), a.logPrior)
	array(l.parameter(), a.labelOf)
	layPairs(l.parameter(), a.pairs)
}

// crossEntropyArguments are those of cross_entropy.cu.
type crossEntropyArguments struct {
	ce       Floats
	dlogits  Floats
	logits   Floats
	labelOf  Ints
	scale    Doubles
	examples int
	classes  int
}

func (a crossEntropyArguments) kernel() string { return "cross_entropy" }

func (a crossEntropyArguments) lay(l *layout) {
	array(l.parameter(), a.ce)
	array(l.parameter(), a.dlogits)
	array(l.parameter(), a.logits)
	array(l.parameter(), a.labelOf)
	array(l.parameter(), a.scale)
	integer(l.parameter(), a.examples)
	integer(l.parameter(), a.classes)
}

// denseArguments are those of dense.cu.
type denseArguments struct {
	tile    tileShape // of which kernel
	y       Floats
	pre     Floats
	x       Floats
	rows    int
	layer   Layer
	labels  LabelTable
	cut     Cut
	scratch Floats
}

func (a denseArguments) kernel() string { return "dense_" + a.tile.name }

func (a denseArguments) lay(l *layout) {
	array(l.parameter(), a.y)
	array(l.parameter(), a.pre)
	array(l.parameter(), a.x)
	integer(l.parameter(), a.rows)
	layLayer(l.parameter(), a.layer)
	layLabelTable(l.parameter(), a.labels)
	layCut(l.parameter(), a.cut)
	array(l.parameter(), a.scratch)
}

// denseGradArguments are those of dense_grad.cu.
type denseGradArguments struct {
	tile      tileShape // of which kernel
	dx        Floats
	grad      LayerGrad
	dy        Floats
	x         Floats
	below     Floats
	rows      int
	layer     Layer
	input     engine.Activation
	weightCut Cut
	inputCut  Cut
	scratch   Floats
}

func (a denseGradArguments) kernel() string { return "dense_grad_" + a.tile.name }

func (a denseGradArguments) lay(l *layout) {
	array(l.parameter(), a.dx)
	layLayerGrad(l.parameter(), a.grad)
	array(l.parameter(), a.dy)
	array(l.parameter(), a.x)
	array(l.parameter(), a.below)
	integer(l.parameter(), a.rows)
	layLayer(l.parameter(), a.layer)
	integer(l.parameter(), a.input)
	layCut(l.parameter(), a.weightCut)
	layCut(l.parameter(), a.inputCut)
	array(l.parameter(), a.scratch)
}

// expandLabelsArguments are those of expand_labels.cu.
type expandLabelsArguments struct {
	h          Floats
	pre        Floats
	u          Floats
	table      Floats
	labelOf    Ints
	pairs      engine.Pairs
	width      int
	activation engine.Activation
}

func (a expandLabelsArguments) kernel() string { return "expand_labels" }

func (a expandLabelsArguments) lay(l *layout) {
	array(l.parameter(), a.h)
	array(l.parameter(), a.pre)
	array(l.parameter(), a.u)
	array(l.parameter(), a.table)
	array(l.parameter(), a.labelOf)
	layPairs(l.parameter(), a.pairs)
	integer(l.parameter(), a.width)
	integer(l.parameter(), a.activation)
}

// expandLabelsGradArguments are those of expand_labels_grad.cu.
type expandLabelsGradArguments struct {
	du         Floats
	dh         Floats
	from       Floats
	pairs      engine.Pairs
	width      int
	activation engine.Activation
}

func (a expandLabelsGradArguments) kernel() string { return "expand_labels_grad" }

func (a expandLabelsGradArguments) lay(l *layout) {
	array(l.parameter(), a.du)
	array(l.parameter(), a.dh)
	array(l.parameter(), a.from)
	layPairs(l.parameter(), a.pairs)
	integer(l.parameter(), a.width)
	integer(l.parameter(), a.activation)
}

// fetchPixelsArguments are those of fetch_pixels.cu.
type fetchPixelsArguments struct {
	fetched Bytes
	images  Bytes
	index   Ints
	batch   int
	width   int
}

func (a fetchPixelsArguments) kernel() string { return "fetch_pixels" }

func (a fetchPixelsArguments) lay(l *layout) {
	array(l.parameter(), a.fetched)
	array(l.parameter(), a.images)
	array(l.parameter(), a.index)
	integer(l.parameter(), a.batch)
	integer(l.parameter(), a.width)
}

// gatherFloatsArguments are those of gather_floats.cu.
type gatherFloatsArguments struct {
	dst   Floats
	rows  Floats
	index Ints
	batch int
	width int
}

func (a gatherFloatsArguments) kernel() string { return "gather_floats" }

func (a gatherFloatsArguments) lay(l *layout) {
	array(l.parameter(), a.dst)
	array(l.parameter(), a.rows)
	array(l.parameter(), a.index)
	integer(l.parameter(), a.batch)
	integer(l.parameter(), a.width)
}

// gatherGaussianArguments are those of gather_gaussian.cu.
type gatherGaussianArguments struct {
	dst       Floats
	index     Ints
	batch     int
	gaussians Gaussians
}

func (a gatherGaussianArguments) kernel() string { return "gather_gaussian" }

func (a gatherGaussianArguments) lay(l *layout) {
	array(l.parameter(), a.dst)
	array(l.parameter(), a.index)
	integer(l.parameter(), a.batch)
	layGaussians(l.parameter(), a.gaussians)
}

// gatherLabelsArguments are those of gather_labels.cu.
type gatherLabelsArguments struct {
	dst    Ints
	labels Ints
	index  Ints
	batch  int
}

func (a gatherLabelsArguments) kernel() string { return "gather_labels" }

func (a gatherLabelsArguments) lay(l *layout) {
	array(l.parameter(), a.dst)
	array(l.parameter(), a.labels)
	array(l.parameter(), a.index)
	integer(l.parameter(), a.batch)
}

// gatherPixelsArguments are those of gather_pixels.cu.
type gatherPixelsArguments struct {
	dst    Floats
	index  Ints
	batch  int
	pixels Pixels
}

func (a gatherPixelsArguments) kernel() string { return "gather_pixels" }

func (a gatherPixelsArguments) lay(l *layout) {
	array(l.parameter(), a.dst)
	array(l.parameter(), a.index)
	integer(l.parameter(), a.batch)
	layPixels(l.parameter(), a.pixels)
}

// gaussianNLLArguments are those of gaussian_nll.cu.
type gaussianNLLArguments struct {
	nll    Floats
	dstats Floats
	stats  Floats
	x      Floats
	weight Floats
	pairs  engine.Pairs
	width  int
}

func (a gaussianNLLArguments) kernel() string { return "gaussian_nll" }

func (a gaussianNLLArguments) lay(l *layout) {
	array(l.parameter(), a.nll)
	array(l.parameter(), a.dstats)
	array(l.parameter(), a.stats)
	array(l.parameter(), a.x)
	array(l.parameter(), a.weight)
	layPairs(l.parameter(), a.pairs)
	integer(l.parameter(), a.width)
}

// gaussianNLLMissingArguments are those of gaussian_nll_missing.cu.
type gaussianNLLMissingArguments struct {
	nll    Floats
	dstats Floats
	stats  Floats
	x      Floats
	weight Floats
	pairs  engine.Pairs
	width  int
}

func (a gaussianNLLMissingArguments) kernel() string { return "gaussian_nll_missing" }

func (a gaussianNLLMissingArguments) lay(l *layout) {
	array(l.parameter(), a.nll)
	array(l.parameter(), a.dstats)
	array(l.parameter(), a.stats)
	array(l.parameter(), a.x)
	array(l.parameter(), a.weight)
	layPairs(l.parameter(), a.pairs)
	integer(l.parameter(), a.width)
}

// gaussianSampleArguments are those of gaussian_sample.cu.
type gaussianSampleArguments struct {
	z       Floats
	kl      Floats
	stats   Floats
	pairs   engine.Pairs
	latents int
	noise   Noise
}

func (a gaussianSampleArguments) kernel() string { return "gaussian_sample" }

func (a gaussianSampleArguments) lay(l *layout) {
	array(l.parameter(), a.z)
	array(l.parameter(), a.kl)
	array(l.parameter(), a.stats)
	layPairs(l.parameter(), a.pairs)
	integer(l.parameter(), a.latents)
	layNoise(l.parameter(), a.noise)
}

// gaussianSampleGradArguments are those of gaussian_sample_grad.cu.
type gaussianSampleGradArguments struct {
	dstats   Floats
	dz       Floats
	stats    Floats
	weight   Floats
	klWeight Doubles
	pairs    engine.Pairs
	latents  int
	noise    Noise
}

func (a gaussianSampleGradArguments) kernel() string { return "gaussian_sample_grad" }

func (a gaussianSampleGradArguments) lay(l *layout) {
	array(l.parameter(), a.dstats)
	array(l.parameter(), a.dz)
	array(l.parameter(), a.stats)
	array(l.parameter(), a.weight)
	array(l.parameter(), a.klWeight)
	layPairs(l.parameter(), a.pairs)
	integer(l.parameter(), a.latents)
	layNoise(l.parameter(), a.noise)
}

// gradientNormArguments are those of gradient_norm.cu.
type gradientNormArguments struct {
	norm    Doubles
	fault   Ints
	grads   Floats
	clock   Ints
	scratch Floats
	n       int
}

func (a gradientNormArguments) kernel() string { return "gradient_norm" }

func (a gradientNormArguments) lay(l *layout) {
	array(l.parameter(), a.norm)
	array(l.parameter(), a.fault)
	array(l.parameter(), a.grads)
	array(l.parameter(), a.clock)
	array(l.parameter(), a.scratch)
	integer(l.parameter(), a.n)
}

// keepBooksArguments are those of keep_books.cu.
type keepBooksArguments struct {
	fault  Ints
	clock  Ints
	checks Checks
	sums   Sums
}

func (a keepBooksArguments) kernel() string { return "keep_books" }

func (a keepBooksArguments) lay(l *layout) {
	array(l.parameter(), a.fault)
	array(l.parameter(), a.clock)
	layChecks(l.parameter(), a.checks)
	laySums(l.parameter(), a.sums)
}

// labelCostsArguments are those of label_costs.cu.
type labelCostsArguments struct {
	cost     Floats
	nll      Floats
	kl       Floats
	klWeight Doubles
	logPrior Floats
	labelOf  Ints
	pairs    engine.Pairs
}

func (a labelCostsArguments) kernel() string { return "label_costs" }

func (a labelCostsArguments) lay(l *layout) {
	array(l.parameter(), a.cost)
	array(l.parameter(), a.nll)
	array(l.parameter(), a.kl)
	array(l.parameter(), a.klWeight)
	array(l.parameter(), a.logPrior)
	array(l.parameter(), a.labelOf)
	layPairs(l.parameter(), a.pairs)
}

// labelWeightsArguments are those of label_weights.cu.
type labelWeightsArguments struct {
	weight Floats
	logits Floats
	scaleL Doubles
	scaleU Doubles
	pairs  engine.Pairs
}

func (a labelWeightsArguments) kernel() string { return "label_weights" }

func (a labelWeightsArguments) lay(l *layout) {
	array(l.parameter(), a.weight)
	array(l.parameter(), a.logits)
	array(l.parameter(), a.scaleL)
	array(l.parameter(), a.scaleU)
	layPairs(l.parameter(), a.pairs)
}

// logSoftmaxArguments are those of log_softmax.cu.
type logSoftmaxArguments struct {
	y       Floats
	logits  Floats
	rows    int
	classes int
}

func (a logSoftmaxArguments) kernel() string { return "log_softmax" }

func (a logSoftmaxArguments) lay(l *layout) {
	array(l.parameter(), a.y)
	array(l.parameter(), a.logits)
	integer(l.parameter(), a.rows)
	integer(l.parameter(), a.classes)
}

// marginaliseArguments are those of marginalise.cu.
type marginaliseArguments struct {
	u        Floats
	dlogits  Floats
	logits   Floats
	cost     Floats
	scale    Doubles
	examples int
	labels   int
}

func (a marginaliseArguments) kernel() string { return "marginalise" }

func (a marginaliseArguments) lay(l *layout) {
	array(l.parameter(), a.u)
	array(l.parameter(), a.dlogits)
	array(l.parameter(), a.logits)
	array(l.parameter(), a.cost)
	array(l.parameter(), a.scale)
	integer(l.parameter(), a.examples)
	integer(l.parameter(), a.labels)
}

// marginaliseWideArguments are those of marginalise_wide.cu.
type marginaliseWideArguments struct {
	u        Floats
	dlogits  Floats
	logits   Floats
	cost     Floats
	scale    Doubles
	examples int
	labels   int
}

func (a marginaliseWideArguments) kernel() string { return "marginalise_wide" }

func (a marginaliseWideArguments) lay(l *layout) {
	array(l.parameter(), a.u)
	array(l.parameter(), a.dlogits)
	array(l.parameter(), a.logits)
	array(l.parameter(), a.cost)
	array(l.parameter(), a.scale)
	integer(l.parameter(), a.examples)
	integer(l.parameter(), a.labels)
}

// minibatchArguments are those of minibatch.cu.
type minibatchArguments struct {
	index Ints
	draw  Draw
}

func (a minibatchArguments) kernel() string { return "minibatch" }

func (a minibatchArguments) lay(l *layout) {
	array(l.parameter(), a.index)
	layDraw(l.parameter(), a.draw)
}

// nextClockArguments are those of next_clock.cu.
type nextClockArguments struct {
	next  Ints
	clock Ints
}

func (a nextClockArguments) kernel() string { return "next_clock" }

func (a nextClockArguments) lay(l *layout) {
	array(l.parameter(), a.next)
	array(l.parameter(), a.clock)
}

// stackPosteriorArguments are those of stack_posterior.cu.
type stackPosteriorArguments struct {
	cost       Floats
	dstats     Floats
	stats      Floats
	decoder    Floats
	classifier Floats
	encoder    Floats
	likelihood Floats
	weight     Floats
	places     Ints
	pairs      engine.Pairs
	latents    int
	kept       int
	noise      Noise
}

func (a stackPosteriorArguments) kernel() string { return "stack_posterior" }

func (a stackPosteriorArguments) lay(l *layout) {
	array(l.parameter(), a.cost)
	array(l.parameter(), a.dstats)
	array(l.parameter(), a.stats)
	array(l.parameter(), a.decoder)
	array(l.parameter(), a.classifier)
	array(l.parameter(), a.encoder)
	array(l.parameter(), a.likelihood)
	array(l.parameter(), a.weight)
	array(l.parameter(), a.places)
	layPairs(l.parameter(), a.pairs)
	integer(l.parameter(), a.latents)
	integer(l.parameter(), a.kept)
	layNoise(l.parameter(), a.noise)
}

// updateArguments are those of update.cu.
type updateArguments struct {
	values      Floats
	grads       Floats
	state1      Floats
	state2      Floats
	average     Floats
	scalars     Doubles
	norm        Doubles
	fault       Ints
	rule        engine.Rule
	keep1       float64
	fresh1      float64
	keep2       float64
	fresh2      float64
	clipNorm    float64
	weightPrior float64
	n           int
}

func (a updateArguments) kernel() string { return "update" }

func (a updateArguments) lay(l *layout) {
	array(l.parameter(), a.values)
	array(l.parameter(), a.grads)
	array(l.parameter(), a.state1)
	array(l.parameter(), a.state2)
	array(l.parameter(), a.average)
	array(l.parameter(), a.scalars)
	array(l.parameter(), a.norm)
	array(l.parameter(), a.fault)
	integer(l.parameter(), a.rule)
	number(l.parameter(), a.keep1)
	number(l.parameter(), a.fresh1)
	number(l.parameter(), a.keep2)
	number(l.parameter(), a.fresh2)
	number(l.parameter(), a.clipNorm)
	number(l.parameter(), a.weightPrior)
	integer(l.parameter(), a.n)
}

// zeroMissingArguments are those of zero_missing.cu.
type zeroMissingArguments struct {
	dst Floats
	x   Floats
	n   int
}

func (a zeroMissingArguments) kernel() string { return "zero_missing" }

func (a zeroMissingArguments) lay(l *layout) {
	array(l.parameter(), a.dst)
	array(l.parameter(), a.x)
	integer(l.parameter(), a.n)
}

func layPairs(l *layout, v engine.Pairs) {
	integer(l, v.Labelled)
	integer(l, v.Unlabelled)
	integer(l, v.Labels)
	integer(l, v.Samples)
}

func layBeginning(l *layout, v Beginning) {
	laySchedule(l, v.First)
	laySchedule(l, v.Second)
	layDraw(l, v.One)
	layDraw(l, v.Two)
	array(l, v.Index)
	array(l, v.LabelOf)
	array(l, v.Labels)
	integer(l, v.Labelled)
}

func layGaussians(l *layout, v Gaussians) {
	array(l, v.Stats)
	integer(l, v.Width)
	flag(l, v.Sample)
	layNoise(l, v.Noise)
}

func layPixels(l *layout, v Pixels) {
	array(l, v.Images)
	array(l, v.Fetched)
	array(l, v.FetchedIndex)
	integer(l, v.Width)
	integer(l, v.Binarise)
	layNoise(l, v.Noise)
}

func laySchedule(l *layout, v Schedule) {
	array(l, v.Clock)
	array(l, v.Scalars)
	array(l, v.BaseRate)
	number(l, v.Correction1)
	number(l, v.Correction2)
	number(l, v.Epsilon)
	integer(l, v.WarmupSteps)
	integer(l, v.Decay)
	integer(l, v.TotalSteps)
	number(l, v.FinalFraction)
	integer(l, v.StepEvery)
	number(l, v.StepFactor)
	integer(l, v.KLWarmupSteps)
	number(l, v.Ema)
}

func layLayer(l *layout, v Layer) {
	array(l, v.Weight)
	array(l, v.Bias)
	integer(l, v.In)
	integer(l, v.Out)
	integer(l, v.Activation)
}

func layLabelTable(l *layout, v LabelTable) {
	array(l, v.Table)
	array(l, v.LabelOf)
	layPairs(l, v.Pairs)
}

func layCut(l *layout, v Cut) {
	integer(l, v.Chunk)
	flag(l, v.Split)
}

func layLayerGrad(l *layout, v LayerGrad) {
	array(l, v.Weight)
	array(l, v.Bias)
}

func layNoise(l *layout, v Noise) {
	array(l, v.Seed)
	array(l, v.Clock)
	integer(l, v.Stream)
}

func layChecks(l *layout, v Checks) {
	layCheck(l, v.A)
	layCheck(l, v.B)
	layCheck(l, v.C)
	layCheck(l, v.D)
	layCheck(l, v.E)
	layCheck(l, v.F)
}

func laySums(l *layout, v Sums) {
	laySum(l, v.A)
	laySum(l, v.B)
	laySum(l, v.C)
	laySum(l, v.D)
	laySum(l, v.E)
	laySum(l, v.F)
	laySum(l, v.G)
	laySum(l, v.H)
}

func layDraw(l *layout, v Draw) {
	array(l, v.Pool)
	array(l, v.Sizes)
	integer(l, v.Batch)
	integer(l, v.Examples)
	layNoise(l, v.Noise)
}

func layCheck(l *layout, v Check) {
	array(l, v.Values)
	integer(l, v.N)
	integer(l, v.Site)
}

func laySum(l *layout, v Sum) {
	array(l, v.Sum)
	array(l, v.X)
	array(l, v.Weight)
	integer(l, v.N)
}
