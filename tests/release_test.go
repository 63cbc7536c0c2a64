package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"sendform/generator/environment"
	"sendform/generator/lifecycle"
	"sendform/generator/rehearsal"
)

// TestRollBack deploys a version, the next one, and the first one again, while somebody
// asks for the health of the function without a pause: it always answers, as one of the
// versions, and in the end as the first. What stands keeps its version when a plan says
// none.
func TestRollBack(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	root := goldenCopy(t)
	target := rendered(t, build(t), root, "dev")
	var notes []string
	s, err := rehearsal.Open(ctx, rehearsal.Options{Target: target, Repository: root, Dir: t.TempDir(), Terraform: findTerraform(t), Tell: func(e lifecycle.Event) {
		if e.Kind == lifecycle.Note {
			notes = append(notes, e.Text)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := s.Only("function.admin", "function.user"); err != nil {
		t.Fatal(err)
	}
	deploy := func(release string) (alias string) {
		t.Helper()
		s.SetVersion(environment.Version{Release: release, Commit: "c0ffee"})
		if err := s.Deploy(ctx, approve); err != nil {
			t.Fatalf("%s: %v", release, err)
		}
		out, err := lambda.NewFromConfig(s.AWS()).GetAlias(ctx, &lambda.GetAliasInput{FunctionName: aws.String(target.Function("user").Name), Name: aws.String("live")})
		if err != nil {
			t.Fatal(err)
		}
		return aws.ToString(out.FunctionVersion)
	}
	first := deploy("v0.1.0")
	asked := watchHealth(t, s, target.Function("user").Name)
	second, third := deploy("v0.2.0"), deploy("v0.1.0")
	versions := asked()
	if first == second || second == third {
		t.Errorf("the alias was at %s, %s and %s", first, second, third)
	}
	if len(versions) < 3 || versions[0] != "v0.1.0" || versions[1] != "v0.2.0" || versions[len(versions)-1] != "v0.1.0" {
		t.Errorf("health answered as %v", versions)
	}
	if last := notes[len(notes)-1]; last != "version v0.1.0 answers, commit c0ffee" {
		t.Errorf("it was told: %q", last)
	}
}

// watchHealth asks a function for its health until the returned function is called,
// which tells the versions that answered, each where it began.
func watchHealth(t *testing.T, s *rehearsal.Stage, function string) func() []string {
	t.Helper()
	out, err := lambda.NewFromConfig(s.AWS()).GetFunctionUrlConfig(t.Context(), &lambda.GetFunctionUrlConfigInput{FunctionName: &function, Qualifier: aws.String("live")})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	var versions []string
	var asking sync.WaitGroup
	ask := func() {
		version, err := health(context.WithoutCancel(ctx), s.Cloud.HTTPClient(), aws.ToString(out.FunctionUrl))
		if err != nil {
			t.Errorf("health: %v", err)
		}
		if len(versions) == 0 || versions[len(versions)-1] != version {
			versions = append(versions, version)
		}
	}
	asking.Go(func() {
		every := time.NewTicker(20 * time.Millisecond)
		defer every.Stop()
		for ctx.Err() == nil {
			ask()
			select {
			case <-every.C:
			case <-ctx.Done():
			}
		}
	})
	return func() []string {
		stop()
		asking.Wait()
		ask()
		return versions
	}
}

func health(ctx context.Context, client *http.Client, url string) (version string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(url, "/")+"/info/health", nil)
	if err != nil {
		return "", err
	}
	answer, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var said struct{ Status, Version string }
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil {
		return "", err
	}
	if answer.StatusCode != http.StatusOK || said.Status != "ok" {
		return "", fmt.Errorf("%s, %q", answer.Status, said.Status)
	}
	return said.Version, nil
}
