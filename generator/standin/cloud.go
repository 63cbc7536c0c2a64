package standin

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	awsretry "github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"sendform/generator/sdkhttp"
)

// cloud is the configured provider: what every resource works with.
type cloud struct {
	settings settings
	http     *http.Client
	// credentials are shared by all regions, so that a role is assumed once.
	credentials aws.CredentialsProvider

	mu      sync.Mutex
	regions map[string]*clients
}

// clients are the service clients of one region, with what the provider's
// configuration says beside.
type clients struct {
	settings

	region string
	iam    *iam.Client
	lambda *lambda.Client
	logs   *cloudwatchlogs.Client
	s3     *s3.Client
	sts    *sts.Client

	cloudfront *cloudfront.Client
	cloudwatch *cloudwatch.Client
	secrets    *secretsmanager.Client
	ssm        *ssm.Client
}

func newCloud(s settings, connections *Connections) (*cloud, error) {
	bundle := s.caBundle
	if bundle != "" {
		bundle = s.path(bundle)
	}
	transport, err := connections.transport(bundle)
	if err != nil {
		return nil, err
	}
	c := &cloud{
		settings: s,
		regions:  map[string]*clients{},
		http: &http.Client{
			Transport: sdkhttp.Transport{Transport: transport},
			// The SDK looks at redirects itself, and following one could leave the machine.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		credentials: s.keys(),
	}
	c.credentials = s.assume(c.config(s.region))
	return c, nil
}

// config is what all of a region's clients have in common.
func (c *cloud) config(region string) aws.Config {
	return aws.Config{
		Region:      region,
		Credentials: c.credentials,
		HTTPClient:  c.http,
		Retryer: func() aws.Retryer {
			return awsretry.NewStandard(func(o *awsretry.StandardOptions) {
				o.MaxAttempts = c.settings.attempts
				o.MaxBackoff = time.Second
				// One caller alone uses the local cloud: no need to hold it back.
				o.RateLimiter = ratelimit.None
			})
		},
	}
}

// onlyLoopback is the second line behind checkLoopback, for names that resolve
// to another machine.
func onlyLoopback(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("dial %s: %w", address, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("dial %s: not a loopback address. %s", address, howTo)
	}
	return nil
}

// in returns the clients of a region; the empty string is the provider's own.
func (c *cloud) in(region string) *clients {
	if region == "" {
		region = c.settings.region
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.regions[region]; ok {
		return known
	}
	s := c.settings
	config := c.config(region)
	made := &clients{
		settings: s,
		region:   region,
		cloudfront: cloudfront.NewFromConfig(config, func(o *cloudfront.Options) {
			o.BaseEndpoint = aws.String(s.endpoints["cloudfront"])
		}),
		cloudwatch: cloudwatch.NewFromConfig(config, func(o *cloudwatch.Options) {
			o.BaseEndpoint = aws.String(s.endpoints["cloudwatch"])
		}),
		iam:    iam.NewFromConfig(config, func(o *iam.Options) { o.BaseEndpoint = aws.String(s.endpoints["iam"]) }),
		lambda: lambda.NewFromConfig(config, func(o *lambda.Options) { o.BaseEndpoint = aws.String(s.endpoints["lambda"]) }),
		logs: cloudwatchlogs.NewFromConfig(config, func(o *cloudwatchlogs.Options) {
			o.BaseEndpoint = aws.String(s.endpoints["logs"])
		}),
		s3: s3.NewFromConfig(config, func(o *s3.Options) {
			o.BaseEndpoint = aws.String(s.endpoints["s3"])
			o.UsePathStyle = s.pathStyle
		}),
		secrets: secretsmanager.NewFromConfig(config, func(o *secretsmanager.Options) {
			o.BaseEndpoint = aws.String(s.endpoints["secretsmanager"])
		}),
		ssm: ssm.NewFromConfig(config, func(o *ssm.Options) { o.BaseEndpoint = aws.String(s.endpoints["ssm"]) }),
		sts: sts.NewFromConfig(config, func(o *sts.Options) { o.BaseEndpoint = aws.String(s.endpoints["sts"]) }),
	}
	c.regions[region] = made
	return made
}

// checkAccount asks who the credentials speak for, as the registry provider does
// when it is configured, and refuses accounts that the configuration excludes.
func (c *cloud) checkAccount(ctx context.Context) error {
	s := c.settings
	if s.skipCallerIdentity && len(s.allowedAccounts)+len(s.forbiddenAccounts) == 0 {
		return nil
	}
	identity, err := c.in("").sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return fmt.Errorf("validating provider credentials: retrieving caller identity from STS: %w", err)
	}
	account := aws.ToString(identity.Account)
	c.setAccount(account)
	if slices.Contains(s.forbiddenAccounts, account) ||
		len(s.allowedAccounts) > 0 && !slices.Contains(s.allowedAccounts, account) {
		return fmt.Errorf("AWS account ID not allowed: %s", account)
	}
	return nil
}

// setAccount notes the account. The clients that exist by now do not know it yet.
func (c *cloud) setAccount(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settings.account = id
	clear(c.regions)
}
