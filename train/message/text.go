package message

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// Text is a text of several lines, or a piece of one, as it may reach a terminal: what steers a terminal or cannot be
// seen is \u001b and the like, which inside a string means to JSON and TOML what it stood for. Line ends and tabs stay.
func Text(text []byte) []byte {
	var clean []byte // nil as long as nothing had to be changed
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		if r == '\n' || r == '\t' || !odd(r) || r == utf8.RuneError && (size > 1 || torn(text, at)) {
			if clean != nil {
				clean = append(clean, text[at:at+size]...)
			}
			at += size
			continue
		}
		if clean == nil {
			clean = append(make([]byte, 0, len(text)+16), text[:at]...)
		}
		switch high, low := utf16.EncodeRune(r); {
		case r == utf8.RuneError:
			clean = fmt.Appendf(clean, `\x%02x`, text[at])
		case high != utf8.RuneError:
			clean = fmt.Appendf(clean, `\u%04x\u%04x`, high, low)
		default:
			clean = fmt.Appendf(clean, `\u%04x`, r)
		}
		at += size
	}
	if clean == nil {
		return text
	}
	return clean
}

// torn tells whether a byte may belong to a character that is not all in this piece of a text.
func torn(piece []byte, at int) bool {
	rest := len(piece) - at
	return rest < utf8.UTFMax && !utf8.FullRune(piece[at:]) ||
		at < utf8.UTFMax-1 && allContinue(piece[:at+1]) || rest < utf8.UTFMax && allContinue(piece[at:])
}

func allContinue(bytes []byte) bool {
	for _, b := range bytes {
		if utf8.RuneStart(b) {
			return false
		}
	}
	return true
}
