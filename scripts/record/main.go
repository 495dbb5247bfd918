// Command record keeps finished runs as records: each becomes train/records/ROW/seedN.zip, which holds its resolved
// configuration, both journals and the summary, byte for byte, and no path of the machine.
//
//	go run ./scripts/record ROW RUN...
package main

import (
	"fmt"
	"os"

	"ssdgm/train/report"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: go run ./scripts/record ROW RUN...")
		os.Exit(2)
	}
	for _, run := range os.Args[2:] {
		path, m1, err := report.Record(run, "train/records", os.Args[1])
		if err != nil {
			fmt.Fprintln(os.Stderr, "record:", err)
			os.Exit(1)
		}
		fmt.Println(path)
		if m1 != "" {
			fmt.Fprintf(os.Stderr, "its M1 is of %s: record that too, so that its time counts\n", m1)
		}
	}
}
