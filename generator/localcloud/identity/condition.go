package identity

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// operator is a condition operator taken apart
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html).
type operator struct {
	forAll, forAny bool
	ifExists       bool
	null           bool
	matcher
}

// matcher compares one value of a key with one of a condition. A negated one is the
// same match with its result turned round.
type matcher struct {
	negated  bool
	wildcard bool // what is wanted is a pattern
	matches  func(wanted, got string) bool
}

// matchers are the operators without their prefixes and suffixes.
var matchers = map[string]matcher{
	"StringEquals":              {false, false, func(w, g string) bool { return w == g }},
	"StringNotEquals":           {true, false, func(w, g string) bool { return w == g }},
	"StringEqualsIgnoreCase":    {false, false, strings.EqualFold},
	"StringNotEqualsIgnoreCase": {true, false, strings.EqualFold},
	"StringLike":                {false, true, wildcard},
	"StringNotLike":             {true, true, wildcard},
	"ArnEquals":                 {false, true, matchARN},
	"ArnLike":                   {false, true, matchARN},
	"ArnNotEquals":              {true, true, matchARN},
	"ArnNotLike":                {true, true, matchARN},
	"Bool":                      {false, false, strings.EqualFold},
	"BinaryEquals":              {false, false, func(w, g string) bool { return w == g }},
	"NumericEquals":             {false, false, number(func(c int) bool { return c == 0 })},
	"NumericNotEquals":          {true, false, number(func(c int) bool { return c == 0 })},
	"NumericLessThan":           {false, false, number(func(c int) bool { return c < 0 })},
	"NumericLessThanEquals":     {false, false, number(func(c int) bool { return c <= 0 })},
	"NumericGreaterThan":        {false, false, number(func(c int) bool { return c > 0 })},
	"NumericGreaterThanEquals":  {false, false, number(func(c int) bool { return c >= 0 })},
	"DateEquals":                {false, false, date(func(c int) bool { return c == 0 })},
	"DateNotEquals":             {true, false, date(func(c int) bool { return c == 0 })},
	"DateLessThan":              {false, false, date(func(c int) bool { return c < 0 })},
	"DateLessThanEquals":        {false, false, date(func(c int) bool { return c <= 0 })},
	"DateGreaterThan":           {false, false, date(func(c int) bool { return c > 0 })},
	"DateGreaterThanEquals":     {false, false, date(func(c int) bool { return c >= 0 })},
	"IpAddress":                 {false, false, inNetwork},
	"NotIpAddress":              {true, false, inNetwork},
}

func parseOperator(name string) (operator, error) {
	var o operator
	base := name
	if rest, has := strings.CutPrefix(base, "ForAllValues:"); has {
		o.forAll, base = true, rest
	} else if rest, has := strings.CutPrefix(base, "ForAnyValue:"); has {
		o.forAny, base = true, rest
	}
	if base == "Null" {
		o.null = true
		return o, nil
	}
	base, o.ifExists = strings.CutSuffix(base, "IfExists")
	m, known := matchers[base]
	if !known {
		return o, fmt.Errorf("there is no condition operator %q", name)
	}
	o.matcher = m
	return o, nil
}

// holds tells whether a condition of the statement is fulfilled by the keys of a
// request, whose names are in lower case.
func (s Statement) holds(c Condition, keys map[string][]string) bool {
	o, err := parseOperator(c.Operator)
	if err != nil {
		return false
	}
	value := s.value
	if o.wildcard {
		value = s.pattern
	}
	got := keys[strings.ToLower(c.Key)]
	if o.forAll || o.forAny {
		// Of a set, an empty text counts as no value
		// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html).
		got = slices.DeleteFunc(slices.Clone(got), func(v string) bool { return v == "" })
	}
	present := len(got) > 0
	wanted := make([]string, 0, len(c.Values))
	for _, v := range c.Values {
		wanted = append(wanted, value(v, keys))
	}
	switch {
	case o.null:
		return len(wanted) > 0 && strings.EqualFold(wanted[0], "true") != present
	case !present:
		// An absent key fulfils IfExists, every negated operator, and a claim about all
		// of no values.
		return o.ifExists || o.forAll || (o.negated && !o.forAny)
	case o.forAll:
		return !slices.ContainsFunc(got, func(g string) bool { return !o.one(wanted, g) })
	default:
		return slices.ContainsFunc(got, func(g string) bool { return o.one(wanted, g) })
	}
}

// one tells whether a single value fulfils the operator: it matches one of the
// wanted values, or, negated, none of them.
func (o operator) one(wanted []string, got string) bool {
	return slices.ContainsFunc(wanted, func(w string) bool { return o.matches(w, got) }) != o.negated
}

// value replaces the policy variables of a text that is compared as it is.
func (s Statement) value(text string, keys map[string][]string) string {
	return s.substitute(text, keys, func(value string) string { return value })
}

// pattern replaces the policy variables of a pattern. Wildcards in their values, which
// the caller may have chosen, stand for themselves.
func (s Statement) pattern(text string, keys map[string][]string) string {
	return s.substitute(text, keys, strings.NewReplacer("*", literal+"*", "?", literal+"?").Replace)
}

// literal comes before a character of a pattern that is no wildcard. It cannot be in
// what a pattern is compared with: IAM's names and values start at U+0009.
const literal = "\x00"

// substitute replaces policy variables such as ${aws:userid}. A variable of which
// nothing is known stays as it is, and matches nothing that occurs.
func (s Statement) substitute(text string, keys map[string][]string, quote func(string) string) string {
	if !s.Variables {
		return text
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString("${" + rest)
			return b.String()
		}
		b.WriteString(quote(variable(name, keys)))
		text = after
	}
}

func variable(name string, keys map[string][]string) string {
	switch name {
	case "*", "?", "$": // escapes for the characters themselves
		return name
	}
	key, fallback, hasFallback := strings.Cut(name, ",")
	if values := keys[strings.ToLower(strings.TrimSpace(key))]; len(values) == 1 {
		return values[0]
	}
	if hasFallback {
		return strings.Trim(strings.TrimSpace(fallback), "'")
	}
	return "${" + name + "}"
}

// wildcard matches * and ?, but for those that are marked as literal.
func wildcard(pattern, s string) bool {
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		rest := pattern[p:]
		quoted := len(rest) > 1 && strings.HasPrefix(rest, literal)
		switch {
		case strings.HasPrefix(rest, "*"):
			star, mark = p, i
			p++
		case quoted && rest[1] == s[i]:
			p += 2
			i++
		case !quoted && rest != "" && (rest[0] == '?' || rest[0] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchARN compares part by part: a wildcard does not reach over a colon, but for
// the last part.
func matchARN(pattern, arn string) bool {
	p, a := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	if len(p) != 6 || len(a) != 6 {
		return pattern == "*" || pattern == arn
	}
	for i := range p {
		if !wildcard(p[i], a[i]) {
			return false
		}
	}
	return true
}

func number(accept func(int) bool) func(wanted, got string) bool {
	return func(wanted, got string) bool {
		w, errWanted := strconv.ParseFloat(wanted, 64)
		g, errGot := strconv.ParseFloat(got, 64)
		if errWanted != nil || errGot != nil {
			return false
		}
		switch {
		case g < w:
			return accept(-1)
		case g > w:
			return accept(1)
		}
		return accept(0)
	}
}

func date(accept func(int) bool) func(wanted, got string) bool {
	return func(wanted, got string) bool {
		w, okWanted := parseDate(wanted)
		g, okGot := parseDate(got)
		return okWanted && okGot && accept(g.Compare(w))
	}
}

// parseDate reads ISO 8601 in the forms that IAM takes, and seconds since 1970.
func parseDate(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	seconds, err := strconv.ParseInt(s, 10, 64)
	return time.Unix(seconds, 0), err == nil
}

func inNetwork(wanted, got string) bool {
	address, err := netip.ParseAddr(got)
	if err != nil {
		return false
	}
	if network, err := netip.ParsePrefix(wanted); err == nil {
		return network.Contains(address.Unmap())
	}
	only, err := netip.ParseAddr(wanted)
	return err == nil && only == address.Unmap()
}
