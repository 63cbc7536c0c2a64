package fault_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sendform/generator/localcloud/fault"
)

func TestParseRule(t *testing.T) {
	tests := map[string]fault.Rule{
		"s3:PutObject throttle nth=2":                         {Service: "s3", Operation: "PutObject", Kind: fault.Throttle, Nth: 2},
		"lambda:* reset-after first=1":                        {Service: "lambda", Operation: "*", Kind: fault.ResetAfter, First: 1},
		"*:* 500":                                             {Service: "*", Operation: "*", Kind: fault.Internal},
		"iam:Get* 503 every=10":                               {Service: "iam", Operation: "Get*", Kind: fault.Unavailable, Every: 10},
		"  s?:PutObject\treset-before  ":                      {Service: "s?", Operation: "PutObject", Kind: fault.ResetBefore},
		"edge:GET slow delay=1.5s":                            {Service: "edge", Operation: "GET", Kind: fault.Slow, Delay: 1500 * time.Millisecond},
		"sts:* throttle probability=0.25 seed=7":              {Service: "sts", Operation: "*", Kind: fault.Throttle, Probability: 0.25, Seed: 7},
		"*:* throttle first=1 per=operation":                  {Service: "*", Operation: "*", Kind: fault.Throttle, First: 1, Per: fault.PerOperation},
		"*:* throttle per=resource first=1":                   {Service: "*", Operation: "*", Kind: fault.Throttle, First: 1, Per: fault.PerResource},
		"s3:* 500 resource=arn:aws:s3:::b*/ö?=x nth=3":        {Service: "s3", Operation: "*", Kind: fault.Internal, Resource: "arn:aws:s3:::b*/ö?=x", Nth: 3},
		"s3:GetObject slow resource=arn:aws:s3:::b delay=1ms": {Service: "s3", Operation: "GetObject", Kind: fault.Slow, Resource: "arn:aws:s3:::b", Delay: time.Millisecond},
	}
	for text, want := range tests {
		got, err := fault.ParseRule(text)
		if err != nil || got != want {
			t.Errorf("%s: got %+v (%v)", text, got, err)
		}
		if again, err := fault.ParseRule(got.String()); err != nil || again != got {
			t.Errorf("%s: written as %s, which is %+v (%v)", text, got, again, err)
		}
	}
}

// TestWhatIsWrongWithARule wants what is wrong, the column where, and what is allowed.
func TestWhatIsWrongWithARule(t *testing.T) {
	tests := map[string]struct {
		column int
		parts  []string
	}{
		"":                               {1, []string{"there is nothing", "SERVICE:OPERATION FAULT", "s3:PutObject throttle nth=2"}},
		"   ":                            {4, []string{"there is nothing"}},
		"PutObject throttle":             {1, []string{`"PutObject" is not SERVICE:OPERATION`, "* is any"}},
		"s3: throttle":                   {1, []string{`"s3:" is not SERVICE:OPERATION`}},
		":Put throttle":                  {1, []string{`":Put" is not SERVICE:OPERATION`}},
		" s4:PutObject throttle":         {2, []string{`"s4" is no service`, "cloudfront", "s3", "ssm or sts"}},
		"ö:* throttle":                   {1, []string{`"ö" is no service`}},
		"s3:Put-Object throttle":         {7, []string{`"Put-Object" is no name of an operation`, "letters and digits"}},
		"s3:Püt throttle":                {5, []string{"is no name of an operation"}},
		"s3:PutObject":                   {13, []string{"the fault is missing", "throttle, 500, 503, reset-before, reset-after or slow"}},
		"s3:PutObject throtle":           {14, []string{`"throtle" is no fault`, "use throttle"}},
		"s3:* 500 nth":                   {10, []string{`"nth" is not NAME=VALUE`, "delay, resource, nth"}},
		"s3:* 500 nht=2":                 {10, []string{`"nht" is no name that goes here`, "probability, seed or per"}},
		"s3:* 500 nth=0":                 {14, []string{`"0" is no count`, "whole number from 1"}},
		"s3:* 500 first=1.5":             {16, []string{`"1.5" is no count`}},
		"s3:* 500 nth=99999999999":       {14, []string{"is no count"}},
		"s3:* 500 nth=1 nth=2":           {16, []string{"nth is there already", "once"}},
		"s3:* 500 nth=1 every=2":         {16, []string{"every goes not with nth", "one of nth, every, first and probability"}},
		"s3:* 500 probability=2":         {22, []string{`"2" is no probability`, "at most 1"}},
		"s3:* 500 probability=0":         {22, []string{"is no probability"}},
		"s3:* 500 probability=NaN":       {22, []string{"is no probability"}},
		"s3:* 500 seed=1":                {10, []string{"seed goes with probability"}},
		"s3:* 500 probability=1 seed=-1": {29, []string{`"-1" is no seed`, "from 0"}},
		"s3:* 500 per=operation":         {10, []string{"per goes with nth, every and first"}},
		"s3:* 500 nth=1 per=day":         {20, []string{`"day" is nothing to count by`, "operation or resource"}},
		"s3:* 500 resource=":             {19, []string{"the resource is empty", "ARN"}},
		"s3:* slow":                      {10, []string{"slow has no delay", "delay=200ms"}},
		"s3:* 500 delay=1s":              {10, []string{"500 has no delay", "only slow"}},
		"s3:* slow delay=2":              {17, []string{`"2" is no duration`, "200ms or 2s", "at most 10m"}},
		"s3:* slow delay=-1s":            {17, []string{"is no duration"}},
		"s3:* slow delay=1h":             {17, []string{"is no duration"}},
		"s3:* 500 resource=\xff":         {20, []string{"UTF-8"}},
		"consistency":                    {12, []string{"it says nothing", "consistency iam-role=2s", "iam-role, iam-user or bucket-name"}},
		"consistency iam-rule=2s":        {13, []string{`"iam-rule" is no name that goes here`, "iam-role, iam-user or bucket-name"}},
		"consistency iam-role=2":         {22, []string{"is no duration that iam-role can be"}},
	}
	for text, want := range tests {
		_, err := fault.Parse([]string{"*:* throttle", text})
		var wrong *fault.SyntaxError
		if !errors.As(err, &wrong) {
			t.Errorf("%q: got %v", text, err)
			continue
		}
		if wrong.Rule != text || wrong.Column != want.column {
			t.Errorf("%q: column %d, want %d: %v", text, wrong.Column, want.column, err)
		}
		for _, part := range want.parts {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q: %v\nwant %s", text, err, part)
			}
		}
	}
}

func TestParse(t *testing.T) {
	texts := []string{"*:* throttle", "consistency iam-role=2s", "s3:* 500 nth=1", "consistency bucket-name=10s iam-role=3s"}
	got, err := fault.Parse(texts)
	if err != nil {
		t.Fatal(err)
	}
	want := "*:* throttle\ns3:* 500 nth=1\nconsistency iam-role=3s bucket-name=10s"
	if text := strings.Join(got.Strings(), "\n"); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	if none, err := fault.Parse(nil); err != nil || none.Strings() != nil {
		t.Errorf("no rules: %v (%v)", none, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"s3:PutObject throttle nth=2", "lambda:* reset-after first=1 per=resource", "*:* slow delay=200ms resource=arn:aws:s3:::box/*",
		"iam:Get* 500 probability=0.1 seed=7", "consistency iam-role=2s iam-user=1ns", "s3:* 500 resource=\xff", "consistency", "s3:\u00a0x 500",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rules, err := fault.Parse([]string{text})
		if err != nil {
			var wrong *fault.SyntaxError
			if !errors.As(err, &wrong) || wrong.Column < 1 || wrong.Column > len([]rune(text))+1 {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		written := rules.Strings()
		again, err := fault.Parse(written)
		if err != nil {
			t.Fatalf("%q is written as %q: %v", text, written, err)
		}
		if got := again.Strings(); len(written) != 1 || len(got) != 1 || got[0] != written[0] || again.Lags != rules.Lags {
			t.Errorf("%q is written as %q, and that as %q", text, written, got)
		}
		if len(rules.Calls) == 1 && rules.Calls[0] != again.Calls[0] {
			t.Errorf("%q: %+v and %+v", text, rules.Calls[0], again.Calls[0])
		}
	})
}
