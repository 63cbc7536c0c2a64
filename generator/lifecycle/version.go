package lifecycle

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"sendform/generator/components"
	"sendform/generator/environment"
)

// SetVersion says what is deployed: plans record it in the functions' tags and
// environments, and verifications want it there.
func (d *Deployment) SetVersion(v environment.Version) {
	d.versioned = true
	d.cfg.Target.Version = v
	d.components = components.Of(d.cfg.Target)
}

// findVersion asks AWS what is deployed where nobody has said it, so that a plan
// changes nothing of that. Functions that differ in it are found by the verification:
// the first one counts.
func (d *Deployment) findVersion(ctx context.Context) error {
	if d.versioned {
		return nil
	}
	for _, f := range d.cfg.Target.Functions {
		out, err := d.observer.lambda.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: &f.Name})
		if isGone(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("ask which version of function %s stands: %w", f.Name, err)
		}
		d.SetVersion(environment.Version{Release: out.Tags[components.ReleaseTag], Commit: out.Tags[components.CommitTag]})
		return nil
	}
	return nil
}

// tellVersion says which version answers, once that is verified.
func (d *Deployment) tellVersion() {
	v := d.cfg.Target.Version
	switch {
	case v.Release != "" && v.Commit != "":
		d.cfg.Tell(Event{Kind: Note, Text: fmt.Sprintf("version %s answers, commit %s", v.Release, v.Commit)})
	case v.Release+v.Commit != "":
		d.cfg.Tell(Event{Kind: Note, Text: fmt.Sprintf("version %s answers", v.Release+v.Commit)})
	}
}
