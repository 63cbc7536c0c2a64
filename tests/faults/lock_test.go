//go:build linux

package faults

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"sendform/generator/lifecycle"
)

// TestTwoAppliesOfOneTarget begins two more applies while one is at work. It goes on;
// the others say who has the target since when, on the same machine and elsewhere.
func TestTwoAppliesOfOneTarget(t *testing.T) {
	t.Parallel()
	s := scratch(t)
	ctx := t.Context()
	begun := time.Now().Add(-time.Second)
	var here, elsewhere error
	asked := false
	s.during = func(e lifecycle.Event) {
		if e.Kind != lifecycle.ResourceStarted || asked {
			return
		}
		asked = true
		// It could be at its end before the others ask.
		if err := signalTerraform(s.dir, syscall.SIGSTOP); err != nil {
			t.Error(err)
		}
		defer func() {
			if err := signalTerraform(s.dir, syscall.SIGCONT); err != nil {
				t.Error(err)
			}
		}()
		_, here = s.other(t, s.dir).Create(ctx)
		_, elsewhere = s.other(t, t.TempDir()).Create(ctx)
	}
	if err := s.create(ctx); err != nil {
		t.Fatalf("the first apply: %v", err)
	}

	var busy *lifecycle.BusyError
	if !errors.As(here, &busy) {
		t.Fatalf("on this machine: %v", here)
	}
	if busy.PID != os.Getpid() || busy.Operation != "apply" || busy.Since.Before(begun) {
		t.Errorf("got %+v", busy)
	}
	if want := fmt.Sprintf("prod/eu-west-2 is being worked on: apply, process %d on ", os.Getpid()); !strings.HasPrefix(here.Error(), want) {
		t.Errorf("got %q, want %q", here, want)
	}
	var locked *lifecycle.LockedError
	if !errors.As(elsewhere, &locked) {
		t.Fatalf("elsewhere: %v", elsewhere)
	}
	if locked.Lock.Created.Before(begun) {
		t.Errorf("locked since %s", locked.Lock.Created)
	}
	for _, want := range []string{
		"the state of prod/eu-west-2 is locked by " + locked.Lock.Who + " for apply since ",
		"sendform apply prod --region eu-west-2 --break-lock " + locked.Lock.ID,
	} {
		if !strings.Contains(elsewhere.Error(), want) {
			t.Errorf("got %q, want %q", elsewhere, want)
		}
	}
}

// TestLocksOfOthersAreBrokenByNameAlone finds the lock of a run on another machine. It
// stays until its id is named.
func TestLocksOfOthersAreBrokenByNameAlone(t *testing.T) {
	t.Parallel()
	s := scratch(t)
	ctx := t.Context()
	if err := s.CreateState(ctx); err != nil {
		t.Fatal(err)
	}
	const id = "8a1c1a9e-0000-4000-8000-000000000001"
	key := s.target.Key() + ".tfstate.tflock"
	lock := `{"ID":"` + id + `","Operation":"OperationTypeApply","Info":"","Who":"ann@ci-7","Version":"1.11.4","Created":"2026-11-23T09:30:00Z","Path":"` + s.target.StateBucket + `/` + s.target.Key() + `.tfstate"}`
	client := s3.NewFromConfig(s.AWS(), func(o *s3.Options) { o.UsePathStyle = true })
	if _, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &s.target.StateBucket, Key: &key, Body: strings.NewReader(lock)}); err != nil {
		t.Fatal(err)
	}
	for wanted, text := range map[string]string{
		"":     "the state of prod/eu-west-2 is locked by ann@ci-7 for apply since 2026-11-23T09:30:00Z",
		"none": "Its lock is " + id + ", not none.",
	} {
		s.BreakLock(wanted)
		var locked *lifecycle.LockedError
		if err := s.create(ctx); !errors.As(err, &locked) || !strings.Contains(err.Error(), text) {
			t.Errorf("--break-lock %q: got %v, want %q", wanted, err, text)
		}
	}
	s.BreakLock(id)
	if err := s.create(ctx); err != nil {
		t.Error(err)
	}
}
