//go:build !unix

package main

// inherit cannot hand a file over that nobody would remove.
func inherit(string) (string, error) {
	return "", usageErrorf("want --reference FILE for Gorgonia's answers where a card computes")
}
