package lifecycle

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"sendform/generator/components"
)

// abandonedAfter is how old the object of a verification is that has left it behind:
// none takes that long.
const abandonedAfter = 5 * time.Minute

// lock tries what Terraform's lock depends on: of two writers that each want to
// create an object, exactly one does. An object of the trial that cannot be deleted
// would stay, so that nothing is tried under Object Lock.
func (o observer) lock(ctx context.Context, bucket string) (result any, err error) {
	if locked, err := o.objectLock(ctx, bucket); err != nil || locked != nil {
		return "not tried under Object Lock", err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// A trial that is begun is ended, also when something else has failed meanwhile: its
	// object would hold up the next verification.
	ctx = context.WithoutCancel(ctx)
	mine := trialText()
	put := func() (version *string, err error) {
		out, err := o.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: aws.String(components.LockTrial), Body: strings.NewReader(mine), IfNoneMatch: aws.String("*")})
		if err != nil {
			return nil, err
		}
		return out.VersionId, nil
	}
	version, err := put()
	if errorCode(err) == "PreconditionFailed" {
		if version, err = o.leftLock(ctx, bucket, mine); errors.Is(err, errHeld) {
			return "held by " + components.LockTrial + ", which another verification has just now, or has left behind: then delete it", nil
		}
	}
	if err != nil {
		return nil, err
	}
	_, secondErr := put()
	// The version is named, so that nothing of the trial stays in a versioned bucket.
	_, err = o.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: aws.String(components.LockTrial), VersionId: version})
	switch {
	case err != nil:
		return nil, err
	case secondErr == nil:
		return "a second writer got in", nil
	case errorCode(secondErr) != "PreconditionFailed":
		return nil, secondErr
	}
	return "works", nil
}

// errHeld says that the lock that was to be tried is another's.
var errHeld = errors.New("held")

// leftLock is the version of a lock that stood before: it may be our own, when S3's
// answer to the one who wrote it was lost, or that of a verification that died: on this
// machine its process is gone, and elsewhere it is old. Another's is errHeld.
func (o observer) leftLock(ctx context.Context, bucket, mine string) (version *string, err error) {
	out, err := o.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: aws.String(components.LockTrial)})
	if isGone(err) || errorCode(err) == "AccessDenied" { // until just now; or a role may not look
		return nil, errHeld
	}
	if err != nil {
		return nil, err
	}
	defer out.Body.Close()
	text, err := io.ReadAll(out.Body)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", components.LockTrial, err)
	}
	if string(text) == mine || isDead(string(text)) || time.Since(aws.ToTime(out.LastModified)) >= abandonedAfter {
		return out.VersionId, nil
	}
	return nil, errHeld
}

// trialText says whose a trial is: the machine, the process, and one trial of it.
func trialText() string { return fmt.Sprintf("%s %d %s", machineName(), os.Getpid(), rand.Text()) }

// isDead tells whether a trial is that of a process of this machine that is gone.
func isDead(text string) bool {
	machine, rest, found := strings.Cut(text, " ")
	number, _, _ := strings.Cut(rest, " ")
	pid, err := strconv.Atoi(number)
	return found && err == nil && pid > 0 && machine == machineName() && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// machineName tells this machine from all others, containers on it included, and from
// itself before it was started anew: numbers of processes mean nothing elsewhere.
// https://man7.org/linux/man-pages/man4/random.4.html has boot_id; other systems have none.
func machineName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown-" + rand.Text() // unlike any
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return host
	}
	return host + "/" + strings.TrimSpace(string(boot))
}
