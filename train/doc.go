// Package train trains what configurations describe: M1, M2, M1+M2, the supervised network and the baselines of
// Kingma et al. 2014.
//
// Run is the door for programs: a configuration and examples in, a trained model out, which has methods to classify,
// encode and generate (package model/trained). Open and Session train several runs together, as replicas of one device,
// each to the bit what it is alone; they go on from the newest checkpoints in their run folders.
//
//	config, warnings, err := configs.Parse("mine", text, nil)
//	m, err := train.Run(ctx, config, train.RunOptions{Train: &train.Arrays{X: x, Labels: labels}, Folder: "runs/mine"})
//
// Examples are pixels from 0 to 1, or real values. Bounds are in nats, errors in percent, memory in bytes, and a step is
// one minibatch of every replica.
//
// To add a phase of training beside its model, which names the streams of its noise (engine/noise) and has a problem for
// the oracle (train/gradcheck): its file (train/phase_NAME.go: see Phase), its table (configs/config.go) and its entry
// among configs' phases (configs/phases.go), which says when it comes. A phase that takes steps along a gradient says what
// a step draws, reads and minimises (training); order, watching for faults, metrics, validation, checkpoints, rollbacks
// and memory are everybody's. One that changes M1 also concerns whoever takes an M1 from elsewhere: unfinishedM1, and
// report.M1Config. To add a data set: its package (see package data) and its line in train/data/all.
package train
