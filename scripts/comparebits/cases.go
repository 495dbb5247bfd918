package main

import "slices"

// A testCase is one training that both programs carry out.
type testCase struct {
	name string
	sets []string // what it changes of base.toml
	// stops are phases. In each the run is stopped as soon as its metrics tell of the phase, and goes on. It is
	// also handed over: the programs take turns.
	stops []string
	from  string // the case whose M1 it takes
	// wants is a text in the metrics without which the case would not show what it is for.
	wants string
	code  int // the exit code; 1 where a fault is part of it
	// large is of the paper's sizes: on MNIST where it is there, and not on the stand-in driver.
	large bool
	// host is of a model that learns without the device, or is long: not on the stand-in driver.
	host bool
}

// tiny makes every case small enough for the stand-in driver, which runs a card's threads one after another.
var tiny = []string{
	"data.train=60", "data.validation=10", "data.test=10", "m1.hidden=[9]", "m1.train.batch_size=7", "m1.train.steps=8", "m1.train.validate_every=4",
	"m2.hidden=[7]", "m2.classifier_hidden=[6]", "m2.train.labelled_batch=3", "m2.train.unlabelled_batch=4", "m2.train.steps=8",
	"m2.train.validate_every=4", "supervised.hidden=[6]", "supervised.train.batch_size=5", "supervised.train.steps=6", "checkpoint.every_steps=3",
	"pictures.samples_per_class=1", "pictures.analogies=1",
}

// brief does the same to what long has made long.
var brief = []string{"m1.train.steps=50", "m2.train.steps=50", "joint.steps=50", "supervised.train.steps=80", "checkpoint.every_steps=20"}

// joint adds the phase in which the stack is trained as one.
var joint = []string{"joint.steps=18", "joint.validate_every=9", "joint.optimiser.warmup_steps=5"}

// wild is a rate that rises until M2's bound is not finite.
var wild = []string{
	"on_nan=rollback", "rollback_rate_factor=1e-5", "m2.train.optimiser.rate=8", "m2.train.optimiser.warmup_steps=30",
	"m2.train.steps=30", "checkpoint.every_steps=3",
}

// A prior of the classes that is given.
const given, probabilities = "m2.class_prior=given", "m2.class_probabilities=[0.05,0.15,0.1,0.1,0.1,0.1,0.1,0.1,0.05,0.15]"

// optimiser is what changes in the optimiser of a phase's table.
func optimiser(table string, sets ...string) (all []string) {
	for _, set := range sets {
		all = append(all, table+".optimiser."+set)
	}
	return all
}

var testCases = slices.Concat(m1Cases, m2Cases, stackCases, otherCases, largeCases)

var m1Cases = []testCase{
	{name: "m1-resample-samples-tanh", sets: slices.Concat(m1("data.binarise=resample", "m1.activation=tanh", "m1.samples=3", "m1.train.kl_warmup_steps=10"),
		optimiser("m1.train", "warmup_steps=4", "schedule=cosine", "final_rate_fraction=0.1"))},
	{name: "m1-gaussian-rmsprop-steps", sets: slices.Concat(m1("m1.output=gaussian", "m1.activation=relu", "m1.weight_prior=0", "m1.train.clip_norm=5"),
		optimiser("m1.train", "name=rmsprop", "decay=0.8", "schedule=step", "step_every=6", "step_factor=0.5"))},
	{name: "m1-gaussian-layers", sets: m1("m1.output=gaussian", "m1.hidden=[33, 18, 10]", "m1.latents=16", "m1.weight_prior=2.5")},
	{name: "m1-fixed-adagrad-average", sets: slices.Concat(m1("data.binarise=fixed", "m1.train.ema=0.9", "select=validation"),
		optimiser("m1.train", "name=adagrad", "rate=1e-2"))},
	{name: "m1-momentum-clip", sets: slices.Concat(m1("m1.train.clip_norm=3"), optimiser("m1.train", "name=sgd", "rate=1e-2", "schedule=cosine"))},
	{name: "m1-sgd-epochs", sets: slices.Concat(m1("m1.train.steps=0", "m1.train.epochs=3", "eval.samples=4"),
		optimiser("m1.train", "name=sgd", "rate=1e-4", "momentum=0"))},
}

// m1 is M1 alone.
func m1(sets ...string) []string { return append([]string{"model=m1", "yardstick=false"}, sets...) }

var m2Cases = []testCase{
	{name: "m2-learned-resample-adagrad", sets: slices.Concat(m2("m2.class_prior=learned", "data.binarise=resample", "m2.samples=2", "m2.activation=tanh"),
		optimiser("m2.train", "name=adagrad", "rate=1e-2", "warmup_steps=5"))},
	{name: "m2-given-counts", sets: m2(given, probabilities, "data.labels=0",
		"data.label_counts=[1,4,2,3,2,2,1,1,3,2]", "data.binarise=fixed", "m2.train.kl_warmup_steps=12")},
	{name: "m2-linear-classifier-layers", sets: m2("m2.classifier_hidden=[]", "m2.hidden=[22, 14, 9]", "m2.activation=relu", "m2.alpha=3", "m2.train.clip_norm=10")},
	{name: "m2-deep-classifier-average", sets: m2("m2.classifier_hidden=[18, 12]", "m2.train.ema=0.9", "select=validation", "m2.weight_prior=0",
		"m2.train.optimiser.schedule=cosine")},
	{name: "m2-momentum-steps", sets: slices.Concat(m2("m2.train.ema=0.8", "m2.train.clip_norm=2"),
		optimiser("m2.train", "name=sgd", "rate=1e-2", "schedule=step", "step_every=7", "warmup_steps=3"))},
	{name: "m2-rmsprop-learned-epochs", sets: slices.Concat(m2("m2.class_prior=learned", "m2.train.steps=0", "m2.train.epochs=2"), optimiser("m2.train", "name=rmsprop"))},
	{name: "m2-plane", sets: m2("m2.latents=2", "m2.samples=3", "eval.samples=3")},
}

// m2 is M2 on pixels.
func m2(sets ...string) []string { return append([]string{"model=m2", "yardstick=false"}, sets...) }

var stackCases = []testCase{
	{name: "m1m2", sets: []string{"m1.keep_above=0.25", "select=validation", "m2.train.ema=0.9"}},
	{name: "m1m2-gaussian-given", sets: []string{"m1.output=gaussian", given, probabilities, "data.binarise=resample"}},
	{name: "m1m2-from", from: "m1-gaussian-layers", sets: []string{"m1.from=m1-gaussian-layers", "m1.output=gaussian", "m1.hidden=[33, 18, 10]", "m1.latents=16", "m1.keep_above=0.01"}},
	{name: "joint", sets: slices.Concat(joint, []string{"data.binarise=resample", "m2.class_prior=learned", "joint.clip_norm=20", "joint.ema=0.9"})},
	{name: "joint-gaussian-rmsprop", sets: slices.Concat(joint, optimiser("joint", "name=rmsprop"),
		[]string{"m1.output=gaussian", "m1.samples=2", "m2.samples=2", "m2.activation=relu", "m1.activation=tanh", "m1.keep_above=0.1", "joint.ema=0", "joint.m2_rate=5e-4"})},
	{name: "joint-momentum-steps", sets: slices.Concat(joint, optimiser("joint", "name=sgd", "rate=1e-5", "schedule=step", "step_every=5"), []string{"joint.m2_rate=1e-4"})},
	{name: "joint-adagrad-fixed", sets: slices.Concat(joint, optimiser("joint", "name=adagrad", "schedule=constant"), []string{"data.binarise=fixed", given, probabilities, "select=validation"})},
	{name: "seeds", sets: slices.Concat(joint, []string{"seeds=[3, 4, 5]", "data.binarise=resample", "m2.train.ema=0.9"})},
	{name: "grid", sets: []string{"seeds=[3, 4]", "grid.data.labels=[20, 30]", "grid.m2.alpha=[0.1, 2]"}},
	{name: "resume", stops: []string{"m1", "m2", "joint", "supervised"}, sets: slices.Concat(joint, long,
		[]string{"data.binarise=resample", "m2.train.ema=0.9", "m2.class_prior=learned", "select=validation"})},
	{name: "resume-seeds", host: true, stops: []string{"m1", "m2", "supervised"}, sets: slices.Concat(long,
		[]string{"seeds=[3, 4]", "m1.train.ema=0.9", "m1.output=gaussian"})},
	{name: "rollback", sets: wild, wants: `"rollback":1,`},
	{name: "rollback-of-one", sets: append(slices.Clone(wild), "grid.m2.train.optimiser.rate=[1e-3, 8]"), wants: `"rollback":1,`},
	{name: "fault-of-one", sets: []string{"grid.m2.train.optimiser.rate=[1e-3, 1e30]"}, code: 1},
}

// long leaves time to stop a run in each of its phases.
var long = []string{"m1.train.steps=300", "m2.train.steps=300", "joint.steps=300", "supervised.train.steps=600", "checkpoint.every_steps=50"}

var otherCases = []testCase{
	{name: "supervised", sets: slices.Concat([]string{"model=supervised", "yardstick=false", "supervised.hidden=[16, 9]", "supervised.activation=relu",
		"supervised.train.ema=0.9", "supervised.train.clip_norm=1"}, optimiser("supervised.train", "name=rmsprop", "schedule=cosine"))},
	{name: "supervised-linear", sets: slices.Concat([]string{"model=supervised", "yardstick=false", "supervised.hidden=[]", "data.binarise=resample"},
		optimiser("supervised.train", "name=sgd", "rate=1e-3"))},
	{name: "supervised-tanh", sets: slices.Concat([]string{"model=supervised", "yardstick=false", "supervised.activation=tanh", "supervised.weight_prior=0"},
		optimiser("supervised.train", "name=adagrad", "schedule=step", "step_every=6"))},
	{name: "knn", host: true, sets: []string{"model=knn"}},
	{name: "m1knn", host: true, sets: []string{"model=m1knn", "knn.neighbours=3", "m1.keep_above=0.2"}},
	{name: "tsvm", host: true, sets: []string{"model=tsvm"}},
	{name: "tsvm-linear", host: true, sets: []string{"model=tsvm", "yardstick=false", "tsvm.kernel=linear", "tsvm.unlabelled=50", "tsvm.balance=0.5"}},
	{name: "m1tsvm", sets: []string{"model=m1tsvm", "m1.keep_above=0.001"}},
	{name: "cnn", host: true, sets: []string{"model=cnn", "cnn.train.ema=0.9"}},
	{name: "cnn-adagrad", host: true, sets: slices.Concat([]string{"model=cnn", "yardstick=false", "cnn.dropout=0", "cnn.weight_prior=1"},
		optimiser("cnn.train", "name=adagrad", "schedule=step", "step_every=8"))},
	{name: "cnn-rmsprop", host: true, sets: slices.Concat([]string{"model=cnn", "yardstick=false"}, optimiser("cnn.train", "name=rmsprop", "schedule=constant"))},
	{name: "cnn-sgd", host: true, sets: slices.Concat([]string{"model=cnn", "yardstick=false"}, optimiser("cnn.train", "name=sgd", "rate=1e-3", "warmup_steps=5"))},
}

// largeCases have the paper's sizes, and its data set where that lies in a folder that SSDGM_DATA names.
var largeCases = []testCase{
	{name: "paper-m1", large: true, sets: m1("m1.hidden=[600, 600]", "m1.latents=50", "m1.train.batch_size=100", "m1.train.steps=6", "data.train=1000")},
	{name: "paper-m2", large: true, sets: m2("m2.hidden=[500]", "m2.classifier_hidden=[500]", "m2.latents=50", "data.binarise=resample",
		"m2.train.labelled_batch=100", "m2.train.unlabelled_batch=100", "m2.train.steps=3", "data.labels=100", "data.train=1000")},
}
