package tests

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"sendform/generator/localcloud/fault"
	"sendform/generator/site"
)

// TestSiteWhenCallsFail lets every call of a publication fail once: it is refused, or it
// is done and the answer is lost. Where it is tried again, nobody notices. Where the run
// dies of it, the next run serves exactly its release, be it the one before or the one
// that was begun.
func TestSiteWhenCallsFail(t *testing.T) {
	t.Parallel()
	p := deployPages(t)
	once, again := p.with(1), p.with(3)
	p.remove("privacy.html")
	p.remove("icon.svg") // one file that stays the same is enough
	p.write("index.html", "first")
	p.write("old.html", "old")
	if _, err := again.Publish(t.Context(), p.folder(), "first"); err != nil {
		t.Fatal(err)
	}
	p.remove("old.html")
	shows := func(index, old, new string) {
		t.Helper()
		p.shows("/index.html", index)
		p.shows("/old.html", old)
		p.shows("/new.html", new)
	}
	died := 0
	for _, kind := range []fault.Kind{fault.Internal, fault.ResetAfter} {
		for nth := 1; ; nth++ {
			what := fmt.Sprintf("%s of call %d", kind, nth)
			p.write("index.html", what)
			p.write("new.html", what)
			folder, release := p.folder(), fmt.Sprintf("%s-%d", kind, nth)
			shows("first", "old", "")

			rules := fault.Rules{Calls: []fault.Rule{{Service: "*", Operation: "*", Kind: kind, Nth: nth}}}
			p.Cloud.SetFaults(rules)
			if _, err := again.Publish(t.Context(), folder, release+"-tried-again"); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			p.mustSwitch(again, "first")
			p.Cloud.SetFaults(rules)
			_, err := once.Publish(t.Context(), folder, release)
			hits := p.Cloud.FaultHits()
			p.Cloud.SetFaults(fault.Rules{})
			p.mustSwitch(again, "first")
			if hits[0].Calls == 0 {
				break
			}
			if err != nil { // reads are tried again by their connection
				died++
			}
			shows("first", "old", "")
			if _, err := again.Publish(t.Context(), folder, release); err != nil {
				t.Errorf("%s: the next run: %v", what, err)
			}
			shows(what, "", what)
			p.mustSwitch(again, "first")
		}
	}
	if died < 15 {
		t.Errorf("only %d runs have died of it", died)
	}
}

// with is the site for runs that make so many attempts at each call.
func (p *pages) with(attempts int) site.Site {
	cfg := p.AWS().Copy()
	cfg.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = attempts
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
	}
	return site.New(cfg, p.place())
}

func (p *pages) mustSwitch(s site.Site, release string) {
	p.Helper()
	if _, err := s.Switch(p.Context(), release); err != nil {
		p.Fatal(err)
	}
}

func (p *pages) folder() site.Folder {
	p.Helper()
	folder, err := site.ReadFolder(p.dir)
	if err != nil {
		p.Fatal(err)
	}
	return folder
}
