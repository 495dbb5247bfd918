package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ssdgm/train/message"
)

// elsewhere are words that other programs have for what a command does here, by group: the command, and what it does
// where its name does not say that.
var elsewhere = map[string]map[string]string{
	"": {
		"fit": "train", "learn": "train", "run": "train", "start": "train",
		"resume": "train --out RUN: it goes on with a run", "continue": "train --out RUN: it goes on with a run",
		"restart":  "train --out RUN: it goes on with a run",
		"finetune": "train --set m1.from=RUN: it takes a trained M1",
		"test":     "eval RUN", "evaluate": "eval RUN", "validate": "eval RUN", "score": "eval RUN",
		"metrics":   "eval RUN",
		"predict":   "ckpt export RUN --format onnx --out DIR: it writes the classifier for other programs",
		"classify":  "ckpt export RUN --format onnx --out DIR: it writes the classifier for other programs",
		"infer":     "ckpt export RUN --format onnx --out DIR: it writes the classifier and the encoder for other programs",
		"inference": "ckpt export RUN --format onnx --out DIR: it writes the classifier and the encoder for other programs",
		"encode":    "ckpt export RUN --format onnx --out DIR: it writes the encoder for other programs",
		"embed":     "ckpt export RUN --format onnx --out DIR: it writes the encoder for other programs",
		"serve":     "ckpt export RUN --format onnx --out DIR: it writes the networks for servers",
		"sample":    "generate RUN", "samples": "generate RUN", "draw": "generate RUN", "reconstruct": "analogy RUN",
		"export": "ckpt export RUN --out FILE", "convert": "ckpt export RUN --out FILE",
		"save": "ckpt export RUN --out FILE",
		"ls":   "ckpt ls RUN", "list": "ckpt ls RUN", "checkpoint": "ckpt", "checkpoints": "ckpt",
		"verify": "ckpt verify RUN",
		"diff":   "ckpt diff A B", "prune": "ckpt prune RUN", "download": "data get NAME", "fetch": "data get NAME",
		"get": "data get NAME", "dataset": "data", "datasets": "data info NAME", "info": "doctor",
		"status": "health RUN",
		"grid":   "sweep run GRID.toml --out DIR", "tune": "sweep run GRID.toml --out DIR",
		"search":    "sweep run GRID.toml --out DIR",
		"benchmark": "bench", "plot": "reproduce curves RUN...", "gradcheck": "check", "version": "--version",
		"init": "config show", "configs": "config show", "show": "config show", "explain": "config explain",
		"devices": "doctor",
	},
	"data": {
		"download": "data get NAME", "fetch": "data get NAME", "list": "data info NAME", "ls": "data info NAME",
		"check": "data verify NAME", "show": "data info NAME",
	},
	"ckpt": {
		"list": "ckpt ls RUN", "show": "ckpt ls RUN", "check": "ckpt verify RUN", "clean": "ckpt prune RUN",
		"rm": "ckpt prune RUN", "convert": "ckpt export RUN --out FILE", "save": "ckpt export RUN --out FILE",
	},
	"config": {
		"print": "config show", "check": "config validate", "list": "config show", "help": "config explain",
		"keys": "config explain",
	},
	"sweep": {
		"start": "sweep run GRID.toml --out DIR", "train": "sweep run GRID.toml --out DIR",
		"resume": "sweep run GRID.toml --out DIR: it goes on", "results": "sweep collect GRID.toml --out DIR",
		"slurm": "sweep emit slurm GRID.toml --out DIR", "kubernetes": "sweep emit kubernetes GRID.toml --out DIR",
		"k8s": "sweep emit kubernetes GRID.toml --out DIR", "ls": "sweep status GRID.toml --out DIR",
	},
}

// flagsElsewhere are flags that other programs have: how the same is said here, keys of a configuration without a value
// among them.
var flagsElsewhere = map[string][]string{
	"epochs": {"m1.train.epochs", "m2.train.epochs"}, "num-epochs": {"m1.train.epochs", "m2.train.epochs"},
	"steps": {"m1.train.steps", "m2.train.steps"}, "iterations": {"m1.train.steps", "m2.train.steps"},
	"max-steps":     {"m1.train.steps", "m2.train.steps"},
	"lr":            {"m1.train.optimiser.rate", "m2.train.optimiser.rate"},
	"learning-rate": {"m1.train.optimiser.rate", "m2.train.optimiser.rate"},
	"optimizer":     {"m1.train.optimiser.name", "m2.train.optimiser.name"},
	"optimiser":     {"m1.train.optimiser.name", "m2.train.optimiser.name"},
	"batch-size":    {"m1.train.batch_size", "m2.train.labelled_batch", "m2.train.unlabelled_batch"},
	"batch":         {"m1.train.batch_size", "m2.train.labelled_batch", "m2.train.unlabelled_batch"},
	"weight-decay":  {"m1.weight_prior", "m2.weight_prior"}, "dropout": {"cnn.dropout"},
	"ema":  {"m1.train.ema", "m2.train.ema"},
	"seed": {"seed"}, "labels": {"data.labels"}, "num-labels": {"data.labels"}, "labeled": {"data.labels"},
	"labelled": {"data.labels"},
	"model":    {"model"}, "arch": {"model"}, "dataset": {"data.name"}, "name": {"data.name"},
	"hidden":  {"m1.hidden", "m2.hidden"},
	"latents": {"m1.latents", "m2.latents"}, "latent-dim": {"m1.latents", "m2.latents"},
	"z-dim": {"m1.latents", "m2.latents"},
	"alpha": {"m2.alpha"}, "precision": {"precision"}, "validation": {"data.validation"},
	"num-samples": {"pictures.samples_per_class"},
	"seeds":       {"--set seeds=[0,1,2]"}, "gpu": {"--device cuda"}, "gpus": {"--device cuda"},
	"cuda": {"--device cuda"}, "cpu": {"--device cpu"},
	"no-cuda": {"--device cpu"}, "workers": {"--threads N"}, "num-workers": {"--threads N"}, "jobs": {"--threads N"},
	"output": {"--out PATH"}, "output-dir": {"--out PATH"}, "out-dir": {"--out PATH"}, "outdir": {"--out PATH"},
	"o":        {"--out PATH"},
	"save-dir": {"--out PATH"}, "logdir": {"--out PATH"}, "data-dir": {"--data DIR"}, "datadir": {"--data DIR"},
	"d":      {"--data DIR"},
	"resume": {"--out RUN, which goes on with it"}, "checkpoint": {"--out RUN, which goes on with it"},
	"load": {"m1.from"},
}

// unknown is what to say of a word that is none of a command's commands.
func unknown(parent *cobra.Command, word string) error {
	text := fmt.Sprintf("unknown command %q", word)
	_, group, _ := strings.Cut(parent.CommandPath(), parent.Root().CommandPath())
	does := elsewhere[strings.TrimSpace(group)][strings.ToLower(word)]
	if near := parent.SuggestionsFor(word); does == "" && len(near) > 0 {
		text += fmt.Sprintf("; did you mean %s?", near[0])
	}
	if does != "" {
		line, what, described := strings.Cut(does, ":")
		text += fmt.Sprintf("; use '%s %s'", message.Program, line)
		if described {
			text += ":" + what
		}
	}
	return usageErrorf("%s; see '%s --help'", text, parent.CommandPath())
}

// unknownFlag is what to say of a mistake in a command's flags.
func unknownFlag(cmd *cobra.Command, err error) error {
	err = plainly(err)
	var missing *pflag.NotExistError
	if errors.As(err, &missing) {
		if try := flagHere(cmd, missing.GetSpecifiedName()); try != "" {
			err = fmt.Errorf("%w; use %s", err, try)
		}
	}
	return usageErrorf("%w; see '%s --help'", err, cmd.CommandPath())
}

// flagHere is how a command is told what another program's flag says; empty where it cannot be.
func flagHere(cmd *cobra.Command, name string) string {
	var here []string
	for _, said := range flagsElsewhere[strings.ReplaceAll(strings.ToLower(name), "_", "-")] {
		flag, _, _ := strings.Cut(strings.TrimPrefix(said, "--"), " ")
		key := said
		if !strings.HasPrefix(said, "--") {
			flag, said = "set", "--set "+said+"=VALUE"
		}
		if cmd.Flags().Lookup(strings.TrimSuffix(flag, ",")) != nil && (flag != "set" || settable(cmd, key)) {
			here = append(here, said)
		}
	}
	return strings.Join(here, " or ")
}

// settable tells whether a key has a say in what a command does: a trained model has been trained.
func settable(cmd *cobra.Command, key string) bool {
	if strings.Contains(cmd.Use, "CONFIG") || strings.Contains(cmd.Use, "GRID") {
		return true
	}
	return key == "seed" || strings.HasPrefix(key, "pictures.")
}
