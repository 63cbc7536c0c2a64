package tests

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"sendform/generator/environment"
	"sendform/generator/lifecycle"
	"sendform/generator/localcloud"
	"sendform/generator/rehearsal"
	"sendform/generator/site"
)

const pagesOnly = `project "pages" {
  bucket "site" {
    delete_with_contents = true
  }
  distribution "pages" {
    static = bucket.site
    site   = "site"
  }
}
`

const pagesDev = `environment "dev" {
  account_id = "111122223333"
  regions    = ["eu-west-2"]
  lock_down  = true
}
`

// pages is a locked down site that stands on a local cloud.
type pages struct {
	*testing.T
	*rehearsal.Stage

	sendform program
	root     string
	target   environment.Target
	url      string
	dir      string // of the site
	recorded int    // how many calls were looked at already

	distribution string // its id
}

func deployPages(t *testing.T) *pages {
	t.Helper()
	p := &pages{T: t, sendform: build(t), root: t.TempDir()}
	p.dir = filepath.Join(p.root, "site")
	if err := os.CopyFS(filepath.Join(p.root, "templates"), os.DirFS(filepath.Join(repository(t), "templates"))); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(p.dir, os.DirFS(filepath.Join(repository(t), "examples", "send", "site"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(p.root, "envs"), 0o700); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{"base.hcl": pagesOnly, "dev.hcl": pagesDev} {
		if err := os.WriteFile(filepath.Join(p.root, "envs", file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.target = rendered(t, p.sendform, p.root, "dev")
	var err error
	p.Stage, err = rehearsal.Open(t.Context(), rehearsal.Options{
		Target: p.target, Repository: p.root, Dir: t.TempDir(), Terraform: findTerraform(t), Tell: func(lifecycle.Event) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stage.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := p.Deploy(t.Context(), approve); err != nil {
		t.Fatal(err)
	}
	out, err := cloudfront.NewFromConfig(p.AWS()).ListDistributions(t.Context(), &cloudfront.ListDistributionsInput{})
	if err != nil {
		t.Fatal(err)
	}
	p.distribution = aws.ToString(out.DistributionList.Items[0].Id)
	p.url = "https://" + aws.ToString(out.DistributionList.Items[0].DomainName)
	p.calls()
	return p
}

// site runs a command on the site, wants its exit code, and returns what it said.
func (p *pages) site(wanted int, args ...string) string {
	p.Helper()
	environ := p.Environ()
	environ["SENDFORM_TERRAFORM"] = findTerraform(p.T).Path
	out, code := p.sendform.run(p.T, p.root, environ, append([]string{"site"}, args...)...)
	if code != wanted {
		p.Fatalf("site %s: exit code %d, want %d:\n%s", strings.Join(args, " "), code, wanted, out)
	}
	return out
}

// says wants a part of what was said.
func (p *pages) says(out, want string) {
	p.Helper()
	if !strings.Contains(out, want) {
		p.Errorf("it does not say %q:\n%s", want, out)
	}
}

func (p *pages) write(path, text string) {
	p.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, path), []byte(text), 0o600); err != nil {
		p.Fatal(err)
	}
}

func (p *pages) remove(path string) {
	p.Helper()
	if err := os.Remove(filepath.Join(p.dir, path)); err != nil {
		p.Fatal(err)
	}
}

// get asks the distribution, as a browser does.
func (p *pages) get(path string) (status int, body string, header http.Header) {
	p.Helper()
	request, err := http.NewRequestWithContext(p.Context(), http.MethodGet, p.url+path, nil)
	if err != nil {
		p.Fatal(err)
	}
	answer, err := p.Cloud.HTTPClient().Do(request)
	if err != nil {
		p.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		p.Fatal(err)
	}
	return answer.StatusCode, string(text), answer.Header
}

// shows wants a part of what is at a path; empty wants nothing to be there.
func (p *pages) shows(path, want string) {
	p.Helper()
	status, body, _ := p.get(path)
	switch {
	// A distribution may not list the bucket, so that it is not told what is missing.
	case want == "" && status != http.StatusForbidden:
		p.Errorf("%s: %d, and nothing should be there:\n%s", path, status, body)
	case want != "" && (status != http.StatusOK || !strings.Contains(body, want)):
		p.Errorf("%s: %d, without %q:\n%s", path, status, want, body)
	}
}

// calls are the calls that have changed something since they were looked at last: the
// operation, and what it was on.
func (p *pages) calls() []string {
	all := p.Cloud.Record()
	defer func() { p.recorded = len(all) }()
	var changing []string
	for _, c := range all[p.recorded:] {
		if slices.Contains([]string{"PutObject", "CopyObject", "DeleteObject", "DeleteObjects", "CreateInvalidation"}, c.Operation) {
			changing = append(changing, c.Operation+" "+p.on(c))
		}
	}
	slices.Sort(changing)
	return changing
}

func (p *pages) on(c localcloud.Call) string {
	var keys []string
	for _, resource := range c.Resources {
		_, key, _ := strings.Cut(resource, p.target.Bucket("site").Name+"/")
		if key != "" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return strings.Join(keys, " ")
}

func (p *pages) did(want ...string) {
	p.Helper()
	if diff := cmp.Diff(want, p.calls()); diff != "" {
		p.Errorf("calls (-want +got):\n%s", diff)
	}
}

// TestSite publishes the pages of the example, changes them, and goes back, with the
// commands that people type, and looks at what a browser gets after each.
func TestSite(t *testing.T) {
	t.Parallel()
	p := deployPages(t)
	p.shows("/", "")

	p.says(p.site(0, "publish", "dev", "--release", "v0.1.0"), "release v0.1.0 is served: 4 files sent, 4 changed, 0 removed, 5 paths invalidated")
	p.shows("/", "Files for one person")
	p.shows("/privacy.html", "What is kept")
	for path, want := range map[string][2]string{
		"/":          {"text/html; charset=utf-8", "public, max-age=0, s-maxage=300, must-revalidate"},
		"/style.css": {"text/css; charset=utf-8", "public, max-age=300"},
		"/icon.svg":  {"image/svg+xml", "public, max-age=86400"},
	} {
		_, _, header := p.get(path)
		if got := [2]string{header.Get("Content-Type"), header.Get("Cache-Control")}; got != want {
			t.Errorf("%s is served as %q, want %q", path, got, want)
		}
	}
	p.calls()

	// The same once more: nothing is sent, copied or written.
	p.says(p.site(0, "publish", "dev", "--release", "v0.1.0"), "release v0.1.0 was served before, nothing has changed")
	p.did()

	// One file has changed. A release that is there is not changed; a new one takes this
	// file from here and the others from the release before. The edge has kept the page,
	// and shows the new one.
	p.write("index.html", "<p>Hello")
	p.says(p.site(1, "publish", "dev", "--release", "v0.1.0"), "release v0.1.0 is there with other files, and releases are not changed: publish as another one (index.html)")
	p.did()
	p.says(p.site(0, "publish", "dev", "--release", "v0.2.0"), "release v0.2.0 is served: 1 file sent, 1 changed, 0 removed, 2 paths invalidated")
	p.did(
		"CopyObject index.html releases/v0.2.0/index.html",
		"CopyObject releases/v0.2.0/icon.svg releases/v0.1.0/icon.svg",
		"CopyObject releases/v0.2.0/privacy.html releases/v0.1.0/privacy.html",
		"CopyObject releases/v0.2.0/style.css releases/v0.1.0/style.css",
		"CreateInvalidation ",
		"PutObject releases/latest.json",
		"PutObject releases/latest.json",
		"PutObject releases/v0.2.0.json",
		"PutObject releases/v0.2.0/index.html",
	)
	p.shows("/", "<p>Hello")
	p.shows("/index.html", "<p>Hello")

	// A file is gone, another one is new.
	p.shows("/privacy.html", "What is kept")
	p.remove("privacy.html")
	p.write("terms of use.txt", "None.")
	p.says(p.site(0, "publish", "dev", p.dir), "1 file sent, 1 changed, 1 removed, 2 paths invalidated")
	p.shows("/privacy.html", "")
	p.shows("/terms%20of%20use.txt", "None.")

	// Back, without sending anything; what an old release has is still there.
	p.calls()
	p.says(p.site(0, "switch", "dev", "--release", "v0.1.0"), "release v0.1.0 is served: 0 files sent, 2 changed, 1 removed, 4 paths invalidated")
	p.did(
		"CopyObject index.html releases/v0.1.0/index.html",
		"CopyObject privacy.html releases/v0.1.0/privacy.html",
		"CreateInvalidation ",
		"DeleteObjects terms of use.txt",
		"PutObject releases/latest.json",
		"PutObject releases/latest.json",
	)
	p.shows("/", "Files for one person")
	p.shows("/privacy.html", "What is kept")
	p.shows("/terms%20of%20use.txt", "")

	p.says(p.site(1, "switch", "dev", "--release", "v9.9.9"), "there is no release v9.9.9 in bucket "+p.target.Bucket("site").Name+"; it has: ")
	out := p.site(0, "releases", "dev")
	for _, want := range []string{`  content-[0-9a-f]{12}\n`, `  v0\.2\.0\n`, `  v0\.1\.0  is served\n`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("releases are listed without %s:\n%s", want, out)
		}
	}

	p.disturb()
	if err := p.Undeploy(t.Context()); err != nil {
		t.Errorf("a bucket with releases in it: %v", err)
	}
	p.says(p.site(1, "releases", "dev"), "does not stand yet: sendform apply dev --region eu-west-2 makes it")
}

// disturb publishes with others at it, and in runs that die.
func (p *pages) disturb() {
	p.Helper()
	// A run that died is finished by the next one, also by one that serves another
	// release: where the pages were changed and CloudFront was not told, and where half a
	// release was sent.
	p.write("later.html", "<p>Later")
	p.dieAt(http.MethodPost, "/invalidation", "v0.3.0")
	p.says(p.site(0, "switch", "dev", "--release", "v0.1.0"), "2 changed, 2 removed")
	p.shows("/", "Files for one person")
	p.shows("/later.html", "")
	p.dieAt(http.MethodPut, "/v0.4.0.json", "v0.4.0")
	p.site(1, "switch", "dev", "--release", "v0.4.0")
	p.remove("later.html")
	p.says(p.site(0, "publish", "dev", "--release", "v0.4.0"), "release v0.4.0 is served")
	p.shows("/releases/v0.4.0/later.html", "")
	p.shows("/", "<p>Hello")

	// Of two at a time, one is told so. What changes while it is sent is refused.
	p.write("index.html", "<p>Meanwhile")
	other := sync.OnceValue(func() error {
		_, err := site.New(p.AWS(), p.place()).Switch(p.Context(), "v0.2.0")
		return err
	})
	if _, err := p.interrupted(http.MethodPut, "/latest.json", other).Publish(p.Context(), p.folder(), "v0.5.0"); err == nil || !strings.Contains(err.Error(), "somebody else has published or switched meanwhile: run this again") {
		p.Errorf("two publish at a time: %v", err)
	}
	p.shows("/", "<p>Hello")
	p.shows("/privacy.html", "What is kept")
	read := p.folder()
	p.write("index.html", "<p>meanwhile")
	if _, err := site.New(p.AWS(), p.place()).Publish(p.Context(), read, "v0.6.0"); err == nil || !strings.Contains(err.Error(), "BadDigest") {
		p.Errorf("a file changes while it is sent: %v", err)
	}
	p.site(0, "switch", "dev", "--release", "v0.4.0")
	p.write("index.html", "<p>Hello")

	// What is of no release is left alone, and what somebody has overwritten is put right.
	bucket := p.target.Bucket("site").Name
	for _, key := range []string{"by-hand.txt", "style.css"} {
		_, err := s3.NewFromConfig(p.AWS(), func(o *s3.Options) { o.UsePathStyle = true }).PutObject(p.Context(), &s3.PutObjectInput{
			Bucket: &bucket, Key: &key, Body: strings.NewReader("by hand"), ServerSideEncryption: "AES256",
		})
		if err != nil {
			p.Fatal(err)
		}
	}
	p.says(p.site(0, "publish", "dev", "--release", "v0.4.0"), "0 files sent, 1 changed, 0 removed, 1 path invalidated; 1 object of no release in the bucket, left alone: by-hand.txt")
	p.shows("/by-hand.txt", "by hand")
	p.shows("/style.css", "system-ui")
}

// before does something before requests by a method whose path ends so.
type before struct {
	http.RoundTripper

	method, end string
	do          func() error
}

func (b before) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == b.method && strings.HasSuffix(r.URL.Path, b.end) {
		if err := b.do(); err != nil {
			return nil, err
		}
	}
	return b.RoundTripper.RoundTrip(r)
}

// interrupted is the site for a run that something is done in.
func (p *pages) interrupted(method, end string, do func() error) site.Site {
	cfg := p.AWS().Copy()
	client := *p.Cloud.HTTPClient()
	client.Transport = before{client.Transport, method, end, do}
	cfg.HTTPClient, cfg.RetryMaxAttempts = &client, 1
	return site.New(cfg, p.place())
}

// dieAt publishes the folder in a run that ends where such a request is made.
func (p *pages) dieAt(method, end, release string) {
	p.Helper()
	s := p.interrupted(method, end, func() error { return io.ErrUnexpectedEOF })
	if _, err := s.Publish(p.Context(), p.folder(), release); !errors.Is(err, io.ErrUnexpectedEOF) {
		p.Fatalf("it does not die at %s: %v", end, err)
	}
}

func (p *pages) place() site.Place {
	return site.Place{Bucket: p.target.Bucket("site").Name, Distribution: p.distribution, DefaultRootObject: "index.html"}
}
