package fault

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Parse reads rules, each of which is one for calls or begins with consistency. Errors
// are [*SyntaxError].
func Parse(texts []string) (Rules, error) {
	var all Rules
	for _, text := range texts {
		if first := words(text); len(first) > 0 && first[0].text == consistency {
			lags, err := ParseLags(text)
			if err != nil {
				return Rules{}, err
			}
			all.Lags = all.Lags.and(lags)
			continue
		}
		rule, err := ParseRule(text)
		if err != nil {
			return Rules{}, err
		}
		all.Calls = append(all.Calls, rule)
	}
	return all, nil
}

// SyntaxError says what is wrong with a rule, where, and what is allowed there.
type SyntaxError struct {
	Rule    string
	Column  int // of the character where it is wrong, from 1
	Problem string
	Allowed string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("fault rule %q: column %d: %s; %s", e.Rule, e.Column, e.Problem, e.Allowed)
}

// word is a part of a rule between white space.
type word struct {
	text   string
	column int // of its first character, from 1
}

func words(text string) []word {
	var all []word
	column, inside := 0, false
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		column++
		if unicode.IsSpace(r) {
			inside = false
		} else {
			if !inside {
				all, inside = append(all, word{column: column}), true
			}
			all[len(all)-1].text += text[:size]
		}
		text = text[size:]
	}
	return all
}

const ruleForm = "write SERVICE:OPERATION FAULT, and after it NAME=VALUE if need be, for example s3:PutObject throttle nth=2"

// ParseRule reads a rule for calls, as
//
//	s3:PutObject throttle nth=2
//	lambda:* reset-after first=1 per=operation
//	*:* slow delay=200ms resource=arn:aws:s3:::box/*
//	iam:Get* 500 probability=0.1 seed=7
//
// White space cannot be in a pattern; ? matches it.
func ParseRule(text string) (Rule, error) {
	p := newParser(text)
	if !utf8.ValidString(text) {
		return Rule{}, p.fail(p.end, "it is not UTF-8", ruleForm)
	}
	var r Rule
	var err error
	if r.Service, r.Operation, err = p.calls(); err != nil {
		return Rule{}, err
	}
	if r.Kind, err = p.kind(); err != nil {
		return Rule{}, err
	}
	options, err := p.options(ruleOptions())
	if err != nil {
		return Rule{}, err
	}
	if err := p.fill(&r, options); err != nil {
		return Rule{}, err
	}
	return r, nil
}

type parser struct {
	rule  string
	words []word
	end   int // column after the last character
}

func newParser(text string) *parser {
	return &parser{rule: text, words: words(text), end: utf8.RuneCountInString(text) + 1}
}

func (p *parser) fail(column int, problem, allowed string) error {
	return &SyntaxError{Rule: p.rule, Column: column, Problem: problem, Allowed: allowed}
}

// next takes the next word; one without text is the end.
func (p *parser) next() word {
	if len(p.words) == 0 {
		return word{column: p.end}
	}
	first := p.words[0]
	p.words = p.words[1:]
	return first
}

func (p *parser) calls() (service, operation string, err error) {
	w := p.next()
	if w.text == "" {
		return "", "", p.fail(w.column, "there is nothing", ruleForm)
	}
	service, operation, both := strings.Cut(w.text, ":")
	if !both || service == "" || operation == "" {
		return "", "", p.fail(w.column, fmt.Sprintf("%q is not SERVICE:OPERATION", w.text), ruleForm+"; * is any")
	}
	if !slices.ContainsFunc(Services(), func(known string) bool { return like(service, known) }) {
		return "", "", p.fail(w.column, fmt.Sprintf("%q is no service of the local cloud", service), "use "+either(Services())+", or a pattern with * or ?")
	}
	if at := strings.IndexFunc(operation, notInOperation); at >= 0 {
		column := w.column + utf8.RuneCountInString(service) + 1 + utf8.RuneCountInString(operation[:at])
		return "", "", p.fail(column, fmt.Sprintf("%q is no name of an operation", operation), "use letters and digits, * and ?")
	}
	return service, operation, nil
}

func notInOperation(r rune) bool {
	return r != '*' && r != '?' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
}

func (p *parser) kind() (Kind, error) {
	w := p.next()
	if !slices.Contains(kinds(), Kind(w.text)) {
		problem := "the fault is missing"
		if w.text != "" {
			problem = fmt.Sprintf("%q is no fault", w.text)
		}
		return "", p.fail(w.column, problem, "use "+either(kinds()))
	}
	return Kind(w.text), nil
}

// option is a word NAME=VALUE.
type option struct {
	word

	name, value string
	at          int // column of the value
}

// options reads the rest, each of which must have one of the names, and none twice.
func (p *parser) options(names []string) ([]option, error) {
	var all []option
	for w := p.next(); w.text != ""; w = p.next() {
		name, value, both := strings.Cut(w.text, "=")
		switch {
		case !both:
			return nil, p.fail(w.column, fmt.Sprintf("%q is not NAME=VALUE", w.text), "names are "+either(names))
		case !slices.Contains(names, name):
			return nil, p.fail(w.column, fmt.Sprintf("%q is no name that goes here", name), "use "+either(names))
		case slices.ContainsFunc(all, func(o option) bool { return o.name == name }):
			return nil, p.fail(w.column, fmt.Sprintf("%s is there already", name), "write it once")
		}
		all = append(all, option{word: w, name: name, value: value, at: w.column + utf8.RuneCountInString(name) + 1})
	}
	return all, nil
}

func ruleOptions() []string {
	return []string{"delay", "resource", "nth", "every", "first", "probability", "seed", "per"}
}

// maxDelay is how slow a call can be made.
const maxDelay = 10 * time.Minute

func (p *parser) fill(r *Rule, options []option) error {
	var counted, seed, per *option
	for i, o := range options {
		var err error
		switch o.name {
		case "delay":
			r.Delay, err = p.duration(o)
		case "resource":
			r.Resource = o.value
			if o.value == "" {
				err = p.fail(o.at, "the resource is empty", "write an ARN; * is any text and ? any character of it")
			}
		case "nth":
			r.Nth, err = p.count(o)
		case "every":
			r.Every, err = p.count(o)
		case "first":
			r.First, err = p.count(o)
		case "probability":
			r.Probability, err = p.probability(o)
		case "seed":
			seed = &options[i]
			r.Seed, err = p.seed(o)
		case "per":
			per = &options[i]
			r.Per, err = p.scope(o)
		}
		if err != nil {
			return err
		}
		if slices.Contains([]string{"nth", "every", "first", "probability"}, o.name) {
			if counted != nil {
				return p.fail(o.column, fmt.Sprintf("%s goes not with %s", o.name, counted.name), "write one of nth, every, first and probability")
			}
			counted = &options[i]
		}
		if o.name == "delay" && r.Kind != Slow {
			return p.fail(o.column, fmt.Sprintf("%s has no delay", r.Kind), "only slow has")
		}
	}
	switch {
	case r.Kind == Slow && r.Delay == 0:
		return p.fail(p.end, "slow has no delay", "write for example delay=200ms")
	case seed != nil && r.Probability == 0:
		return p.fail(seed.column, "seed goes with probability alone", "write for example probability=0.1 seed=7")
	case per != nil && r.Nth == 0 && r.Every == 0 && r.First == 0:
		return p.fail(per.column, "per goes with nth, every and first", "write for example first=1 per=operation")
	}
	return nil
}

func (p *parser) duration(o option) (time.Duration, error) {
	d, err := time.ParseDuration(o.value)
	if err != nil || d <= 0 || d > maxDelay {
		return 0, p.fail(o.at, fmt.Sprintf("%q is no duration that %s can be", o.value, o.name),
			fmt.Sprintf("write a number and its unit, as 200ms or 2s, above 0 and at most %s", maxDelay))
	}
	return d, nil
}

func (p *parser) count(o option) (int, error) {
	n, err := strconv.ParseInt(o.value, 10, 32)
	if err != nil || n < 1 {
		return 0, p.fail(o.at, fmt.Sprintf("%q is no count", o.value), "write a whole number from 1")
	}
	return int(n), nil
}

func (p *parser) probability(o option) (float64, error) {
	f, err := strconv.ParseFloat(o.value, 64)
	if err != nil || !(f > 0 && f <= 1) { // NaN is neither
		return 0, p.fail(o.at, fmt.Sprintf("%q is no probability", o.value), "write a number above 0 and at most 1")
	}
	return f, nil
}

func (p *parser) seed(o option) (uint64, error) {
	n, err := strconv.ParseUint(o.value, 10, 64)
	if err != nil {
		return 0, p.fail(o.at, fmt.Sprintf("%q is no seed", o.value), "write a whole number from 0")
	}
	return n, nil
}

func (p *parser) scope(o option) (Scope, error) {
	scopes := []Scope{PerOperation, PerResource}
	if !slices.Contains(scopes, Scope(o.value)) {
		return "", p.fail(o.at, fmt.Sprintf("%q is nothing to count by", o.value), "use "+either(scopes))
	}
	return Scope(o.value), nil
}

// either lists what is allowed, for a sentence.
func either[T ~string](allowed []T) string {
	var s strings.Builder
	for i, a := range allowed {
		switch {
		case i > 0 && i == len(allowed)-1:
			s.WriteString(" or ")
		case i > 0:
			s.WriteString(", ")
		}
		s.WriteString(string(a))
	}
	return s.String()
}
