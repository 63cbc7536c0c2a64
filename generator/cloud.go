package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"sendform/generator/localcloud"
	"sendform/generator/localcloud/fault"
)

type cloudCommand struct {
	Environment string   `arg:"" optional:"" name:"env" help:"Exports are for this environment's account and region."`
	Region      string   `help:"Exports are for this region." placeholder:"REGION"`
	Account     string   `help:"Exports are for this account, any twelve digits." placeholder:"ID"`
	Dir         string   `help:"Folder of all that the cloud keeps; .sendform/cloud if not given." type:"path" placeholder:"DIR"`
	Listen      string   `help:"Address to serve at; 127.0.0.1:0 is any free port." default:"127.0.0.1:4566" placeholder:"ADDR"`
	Faults      []string `help:"Have calls fail, for example 's3:PutObject throttle nth=2', or be true later, for example 'consistency iam-role=2s'; may be given more than once." sep:"none" placeholder:"RULE"`
	Journal     bool     `help:"Write every call into calls.jsonl of the folder, a line of JSON each."`
	Exports     bool     `help:"Print what a shell needs to use the cloud that is served, and end."`
	Proxy       bool     `help:"Exports lead every HTTPS connection to the cloud, whatever the host: function URLs, distributions and S3 Control too. Nothing else can be reached."`
}

func (c *cloudCommand) Help() string {
	return "Example: sendform cloud, and in another shell: eval \"$(sendform cloud --exports qa)\"\n\n" +
		"The AWS CLI, SDKs and Terraform then work in the local cloud, and so do plan, apply, exists, verify, destroy and verify-deleted. " +
		"It is served until Ctrl-C; what is in it stays in its folder."
}

// Exports without an environment are for these. Every account and region is there.
const (
	exampleAccount = "000000000000"
	exampleRegion  = "us-east-1"
)

// Run serves the local cloud, or prints how the one that is served is used.
func (c *cloudCommand) Run(ctx context.Context, all *commands, o output) error {
	if c.Dir == "" {
		c.Dir = cloudFolder(all.Root)
	}
	account, region, err := c.place(all.Root)
	if err != nil {
		return err
	}
	if c.Exports {
		return c.export(ctx, all.Root, account, region, o)
	}
	return c.serve(ctx, all.Root, o)
}

// cloudFolder is where the cloud of a repository keeps its things.
func cloudFolder(root string) string { return filepath.Join(root, ".sendform", "cloud") }

// again is the command that means the same folder from another shell in this one's
// working directory.
func (c *cloudCommand) again(root string) string {
	command := "sendform cloud"
	if here, err := os.Getwd(); err != nil || root != here {
		command += " --root " + shellQuoted(root)
	}
	if c.Dir != cloudFolder(root) {
		command += " --dir " + shellQuoted(c.Dir)
	}
	return command
}

// place is the account and the region that exports are for.
func (c *cloudCommand) place(root string) (account, region string, err error) {
	account, region = c.Account, c.Region
	if c.Environment != "" {
		if account != "" {
			return "", "", fmt.Errorf("environment %s has its account; leave --account away", c.Environment)
		}
		targets, err := targetsOf(root, c.Environment, c.Region)
		if err != nil {
			return "", "", err
		}
		return targets[0].AccountID, targets[0].Region, nil
	}
	if account == "" {
		account = exampleAccount
	}
	if region == "" {
		region = exampleRegion
	}
	if !regexp.MustCompile(`^[0-9]{12}$`).MatchString(account) {
		return "", "", fmt.Errorf("--account %s: an account is twelve digits", account)
	}
	return account, region, nil
}

func (c *cloudCommand) serve(ctx context.Context, root string, o output) error {
	if host, _, err := net.SplitHostPort(c.Listen); err == nil && !localcloud.IsLoopback(host) {
		fmt.Fprintf(o.err, "warning: other machines can reach %s; whoever gets credentials of this cloud runs programs on this machine\n", c.Listen)
	}
	faults, err := fault.Parse(c.Faults)
	if err != nil {
		return fmt.Errorf("--faults: %w", err)
	}
	cloud, err := localcloud.Open(ctx, localcloud.Options{
		Dir: c.Dir, Listen: c.Listen, AllowRemote: true, Faults: faults, Journal: c.Journal,
		Logger: slog.New(slog.NewTextHandler(o.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	c.describe(o.out, cloud, root)
	<-ctx.Done()
	if err := cloud.Close(); err != nil {
		return fmt.Errorf("end the local cloud: %w", err)
	}
	fmt.Fprintf(o.out, "ended; everything is kept in %s\n", c.Dir)
	return nil
}

// describe says what is served and how it is used.
func (c *cloudCommand) describe(out io.Writer, cloud *localcloud.Cloud, root string) {
	exports := c.again(root) + " --exports"
	if c.Environment != "" {
		exports += " " + c.Environment
	}
	fmt.Fprintf(out, `local cloud at %s, process %d
  folder          %s
  certificate     %s
  AWS's services  at that address and under their own host names
  functions       https://<id>.lambda-url.<region>.on.aws
  distributions   https://<id>.cloudfront.net

In another shell, for the AWS CLI, boto3, Terraform and sendform itself:
  eval "$(%s)"

Ctrl-C ends it; what is in it stays.
`, cloud.URL(), os.Getpid(), c.Dir, cloud.CAFile(), exports)
}

// export prints shell commands that lead every AWS client of a shell to the cloud
// that is served, and nothing when there is none.
func (c *cloudCommand) export(ctx context.Context, root, account, region string, o output) error {
	place, err := localcloud.Find(ctx, c.Dir)
	if errors.Is(err, localcloud.ErrNotServed) {
		return fmt.Errorf("%w; start it in another shell: %s", err, c.again(root))
	}
	if err != nil {
		return err
	}
	variables := place.Environ(account, region)
	slices.Sort(variables)
	for _, pair := range variables {
		name, value, _ := strings.Cut(pair, "=")
		// The others would lead every other program of the shell to the cloud too.
		if strings.HasPrefix(name, "AWS_") {
			fmt.Fprintf(o.out, "export %s=%s\n", name, shellQuoted(value))
		}
	}
	unset := inTheWay(os.Environ())
	if c.Proxy {
		proxy := strings.Replace(place.URL(), "https://", "http://", 1)
		fmt.Fprintf(o.out, "export HTTPS_PROXY=%[1]s https_proxy=%[1]s\n", shellQuoted(proxy))
		fmt.Fprintf(o.out, "export SSL_CERT_FILE=%[1]s CURL_CA_BUNDLE=%[1]s\n", shellQuoted(place.CAFile()))
		unset = append(unset, "NO_PROXY", "no_proxy") // clients would look for accounts in front of this machine's name
	} else if exceptions, needed := withoutProxy(os.Getenv); needed {
		fmt.Fprintf(o.out, "export NO_PROXY=%[1]s no_proxy=%[1]s\n", shellQuoted(exceptions))
	}
	fmt.Fprintf(o.out, "unset %s\n", strings.Join(unset, " "))
	return nil
}

// withoutProxy are the hosts that clients of a shell with a proxy reach without it: no
// proxy leads to this machine. It is not needed where there is no proxy.
func withoutProxy(getenv func(string) string) (hosts string, needed bool) {
	proxy := cmp.Or(getenv("HTTPS_PROXY"), getenv("https_proxy"), getenv("ALL_PROXY"), getenv("all_proxy"))
	set := cmp.Or(getenv("no_proxy"), getenv("NO_PROXY"))
	if proxy == "" || slices.Contains(strings.Split(set, ","), "127.0.0.1") {
		return "", false
	}
	return strings.TrimPrefix(set+",127.0.0.1,localhost", ","), true
}

// inTheWay are variables that would lead a client past the exported ones: a profile, a
// session, an endpoint of a single service
// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html).
func inTheWay(environ []string) []string {
	names := []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"}
	endpoint := regexp.MustCompile(`^AWS_ENDPOINT_URL_[A-Z0-9_]+$`)
	for _, pair := range environ {
		if name, _, _ := strings.Cut(pair, "="); endpoint.MatchString(name) {
			names = append(names, name)
		}
	}
	return names
}

// shellQuoted writes a text as one word for a POSIX shell.
func shellQuoted(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
