//go:build unix && !cuda

package main

import (
	"ssdgm/train/report"
)

// tinyTable is what scripts reproduce in seconds, from configurations of their own.
var tinyTable = report.Table{
	Name: "tiny", Title: "test error in % on a few digits", Source: "nowhere", Data: "glyphs", Labels: []int{20, 30}, M1Seconds: 1,
	Rows: []report.Row{
		{Key: "stack", Title: "M1+M2", Model: "m1m2", Config: "tiny.toml", Seconds: 2, Published: map[int]string{20: "3.33 ± 0.14"}},
		{Key: "pixels", Title: "M2", Model: "m2", Config: "pixels-{labels}.toml", Seconds: 1},
		{Key: "lost", Title: "LOST", Model: "lost", Config: "lost.toml"},
		{Key: "other", Title: "OTHER", Published: map[int]string{20: "8.1", 30: "7"}},
	},
}

// longTable is one whose rows are said to take long enough to be measured. One of them does.
var longTable = report.Table{
	Name: "long", Title: "test error in % on a few digits", Source: "nowhere", Data: "glyphs", Labels: []int{20},
	Rows: []report.Row{
		{Key: "short", Title: "SHORT", Model: "m1m2", Config: "tiny.toml", Seconds: 90},
		{Key: "endless", Title: "ENDLESS", Model: "m2", Config: "endless.toml", Seconds: 300},
	},
}

func init() { tables = append(tables, &tinyTable, &longTable) }
