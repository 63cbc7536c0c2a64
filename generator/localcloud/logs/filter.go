package logs

import (
	"regexp"
	"strings"

	"sendform/generator/localcloud/api"
)

// filter is a pattern of FilterLogEvents for unstructured events: every plain term
// must be there, none of the excluded ones, and one of the optional ones, if any.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
type filter struct{ all, any, none []string }

var filterTerm = regexp.MustCompile(`([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))`)

// parseFilter refuses the patterns for JSON, columns and regular expressions, which
// the local cloud does not have.
func parseFilter(pattern string) (filter, error) {
	var f filter
	pattern = strings.TrimSpace(pattern)
	if strings.HasPrefix(pattern, "{") || strings.HasPrefix(pattern, "[") || strings.HasPrefix(pattern, "%") {
		return f, api.NotImplemented("logs", "FilterLogEvents with a pattern of JSON, columns or regular expressions")
	}
	for _, term := range filterTerm.FindAllStringSubmatch(pattern, -1) {
		text := strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(term[2]) + term[3]
		switch term[1] {
		case "?":
			f.any = append(f.any, text)
		case "-":
			f.none = append(f.none, text)
		default:
			f.all = append(f.all, text)
		}
	}
	return f, nil
}

func (f filter) matches(message string) bool {
	for _, term := range f.all {
		if !strings.Contains(message, term) {
			return false
		}
	}
	for _, term := range f.none {
		if strings.Contains(message, term) {
			return false
		}
	}
	for _, term := range f.any {
		if strings.Contains(message, term) {
			return true
		}
	}
	return len(f.any) == 0
}
