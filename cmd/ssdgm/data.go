package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/train/data"
	"ssdgm/train/data/fetch"
	"ssdgm/train/describe"
	"ssdgm/train/report"
)

func newData() *cobra.Command {
	return group(&cobra.Command{Use: "data", Short: "Get, verify or describe a data set"},
		newDataGet(), newDataVerify(), newDataInfo())
}

func newDataGet() *cobra.Command {
	var flags dataFlags
	var mirrors []string
	cmd := &cobra.Command{
		Use:   "get NAME",
		Short: "Bring the files of a data set (" + namesOf(data.Fetched) + ") from mirrors or from a folder",
		Long: "Brings the files of a data set and verifies their checksums. Files that are there and sound are left\n" +
			"alone, and a download that was stopped goes on where it was.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			defer stoppable(cmd)()
			shown := stderr.Fetching()
			dir := flags.folder("")
			err := fetch.Get(cmd.Context(), args[0], dir, fetch.Options{Mirrors: mirrors, Progress: shown})
			shown.Close()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is in %s, verified\n", args[0], data.Folder(args[0], dir))
			return err
		},
	}
	flags.add(cmd)
	cmd.Flags().StringArrayVar(&mirrors, "mirror", nil, "`URL|folder` to take the files from, instead of the public mirrors; can be given more than once")
	return cmd
}

func newDataVerify() *cobra.Command {
	var flags tableFlags
	cmd := &cobra.Command{
		Use: "verify NAME",
		Short: "Compare the files of a data set with their checksums (" + namesOf(data.Fetched) +
			") or with their format (" + namesOf(data.Placed, data.Own) + ")",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.check(args[0]); err != nil {
				return err
			}
			statuses, err := fetch.Verify(flags.options(args[0]))
			if err != nil {
				return err
			}
			return writeStatuses(cmd.OutOrStdout(), statuses)
		},
	}
	flags.add(cmd)
	return cmd
}

// tableFlags say where a data set lies and, of a table, which column has the label.
type tableFlags struct {
	dataFlags
	label string
}

func (f *tableFlags) add(cmd *cobra.Command) {
	f.dataFlags.add(cmd)
	cmd.Flags().StringVar(&f.label, "label-column", "", "`column` of the label in a table of your own, as data.label_column names it")
}

// check refuses a flag that tells nothing of a data set.
func (f *tableFlags) check(name string) error {
	if source, known := data.Lookup(name); known && source.Kind != data.Own && f.label != "" {
		return usageErrorf("--label-column %s: %s is no table of your own, of which alone it tells; leave it out", f.label, name)
	}
	return f.where().Holds(configs.Data{Name: name})
}

func (f *tableFlags) options(name string) data.Options {
	return data.Options{Name: name, Dir: f.folder(""), LabelColumn: f.label}
}

// writeStatuses tells which files are sound, and returns what is wrong with the others.
func writeStatuses(w io.Writer, statuses []fetch.Status) error {
	var faults []error
	for _, s := range statuses {
		if s.Err == nil {
			fmt.Fprintf(w, "%s: %s, %s bytes\n", s.Path, s.Verdict, report.Thousands(int(s.Bytes)))
		} else {
			faults = append(faults, s.Err)
		}
	}
	return errors.Join(faults...)
}

// namesOf are the names of the data sets of some kinds, as the help lists them.
func namesOf(kinds ...data.Kind) string { return strings.Join(data.NamesOf(kinds...), ", ") }

func newDataInfo() *cobra.Command {
	var i infoCommand
	cmd := &cobra.Command{
		Use:   "info NAME|PATH",
		Short: "Describe a data set (" + strings.Join(data.Names(), ", ") + "), or a file or a folder of your own",
		Long:  describe.Help + "\n\n" + data.Help(),
		Args:  arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if describe.IsName(args[0], i.flags.dir) {
				return i.named(cmd, args[0])
			}
			return i.path(cmd.OutOrStdout(), args[0])
		},
	}
	i.flags.add(cmd)
	cmd.Flags().BoolVar(&i.json, "json", false, "print one JSON object")
	cmd.Flags().BoolVar(&i.toml, "toml", false, "print the configuration alone, of a file or a folder")
	cmd.Flags().StringArrayVar(&i.sets, "set", nil, "`key=value` of how a file is read, as data.delimiter=;")
	return cmd
}

type infoCommand struct {
	flags      tableFlags
	json, toml bool
	sets       []string
}

// named describes a data set that is known by its name.
func (i *infoCommand) named(cmd *cobra.Command, name string) error {
	if _, known := data.Lookup(name); known && (i.toml || i.sets != nil) {
		return usageErrorf("--toml and --set tell of a file or a folder, and %s is the name of a data set; leave them out", name)
	}
	if err := i.flags.check(name); err != nil {
		return err
	}
	training, test, err := data.Open(i.flags.options(name))
	if err != nil {
		return err
	}
	infos, err := data.Infos(training, test, note)
	if err != nil {
		return err
	}
	if i.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(infos)
	}
	report.WriteInfo(cmd.OutOrStdout(), "training", infos["train"])
	if test != nil {
		report.WriteInfo(cmd.OutOrStdout(), "test", infos["test"])
	}
	return nil
}

// path describes a file or a folder.
func (i *infoCommand) path(w io.Writer, path string) error {
	d, err := describe.Path(path, describe.Options{Dir: i.flags.dir, Label: i.flags.label, Sets: i.sets})
	if err != nil {
		return err
	}
	notes(d.Notes)
	switch {
	case i.json:
		return json.NewEncoder(w).Encode(d)
	case i.toml:
		_, err = w.Write(d.TOML())
		return err
	}
	return d.Write(w)
}
