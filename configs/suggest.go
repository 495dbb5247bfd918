package configs

import (
	"slices"
	"strings"

	"ssdgm/train/message"
)

// suggest is "; did you mean X?" for the candidate nearest to a misspelt word, or nothing if none is near.
// A key whose last name is right but stands in the wrong table counts as near.
func suggest(word string, candidates []string) string {
	best, least := "", 1+max(1, len(word)/4)
	sameName := false
	for _, candidate := range candidates {
		if strings.HasPrefix(word, candidate+".") {
			continue // The table is right, and the key is not.
		}
		distance := editDistance(word, candidate)
		same := lastName(word) == lastName(candidate)
		switch {
		case same && !sameName:
			best, least, sameName = candidate, distance, true
		case same == sameName && distance < least:
			best, least = candidate, distance
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// instead is "; use X or Y" for a key that other programs have, in the tables that it can be meant for; empty where nothing
// here means the same.
func instead(key string) string {
	all := message.FlagsElsewhere[strings.ReplaceAll(strings.ToLower(lastName(key)), "_", "-")]
	table, _, within := strings.Cut(key, ".")
	if within && slices.ContainsFunc(fieldsOf(Default()), func(f field) bool { return f.within(table) }) {
		all = slices.DeleteFunc(slices.Clone(all), func(said string) bool { return !strings.HasPrefix(said, table+".") })
	}
	if len(all) == 0 {
		return ""
	}
	return "; use " + strings.Join(all, " or ")
}

func lastName(key string) string {
	return key[strings.LastIndexByte(key, '.')+1:]
}

// editDistance counts the bytes to insert, delete, replace or swap with their neighbour to make b of a.
func editDistance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// Nearest is the candidate that is nearest to a misspelt name, or empty if none is near.
func Nearest(name string, candidates []string) string {
	best, least := "", min(len(name), 1+max(1, len(name)/4))
	for _, candidate := range candidates {
		if distance := editDistance(name, candidate); distance < least {
			best, least = candidate, distance
		}
	}
	return best
}
