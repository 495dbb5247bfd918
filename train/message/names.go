package message

import "strings"

// Alike is "; did you mean X?" for the name that a word is but for capitals and what stands between its parts, or for
// those that it is the first part of; empty where there is none.
func Alike(word string, names []string) string {
	plain := strings.NewReplacer("-", "", "_", "", " ", "")
	word = plain.Replace(strings.ToLower(word))
	var begun []string
	for _, name := range names {
		if plain.Replace(name) == word {
			return "; did you mean " + name + "?"
		}
		if word != "" && strings.HasPrefix(name, word+"-") {
			begun = append(begun, name)
		}
	}
	if begun == nil {
		return ""
	}
	return "; did you mean one of " + strings.Join(begun, ", ") + "?"
}
