package main

import (
	"os"
	"strings"
	"testing"
)

func TestReadmeHoldsTheTableOfTheRecords(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../..")
	var want strings.Builder
	if err := table(&want, "train/records"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), want.String()) {
		t.Errorf("README.md does not hold what 'go run ./scripts/results' prints:\n%s", &want)
	}
}
