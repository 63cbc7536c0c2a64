package cloudfront_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/cloudfront"
	"sendform/generator/localcloud/servicetest"
	"sendform/generator/localcloud/store"
)

const (
	deployTime = 5 * time.Minute
	bucketHost = "box.s3.eu-west-2.amazonaws.com"
	urlHost    = "abc.lambda-url.eu-west-2.on.aws"

	// cachingOptimized is a policy that AWS manages.
	cachingOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"
	unknownUUID      = "00000000-0000-4000-8000-000000000000"
)

// cloud is a client of the service behind a door.
type cloud struct {
	*servicetest.Door

	*sdk.Client
	service *cloudfront.Service
	edge    *forgetful
}

// forgetful notes what the edge was told to forget: a distribution's id and paths.
type forgetful struct {
	mu   sync.Mutex
	told []string
}

func (f *forgetful) invalidate(distributionID string, paths []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, distributionID+" "+strings.Join(paths, " "))
}

// take is what was noted since the last call.
func (f *forgetful) take() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	told := strings.Join(f.told, "\n")
	f.told = nil
	return told
}

func open(t *testing.T) cloud {
	t.Helper()
	return openFor(t, 0)
}

// openFor opens a cloud whose accounts may have as many distributions; zero means as
// many as on AWS.
func openFor(t *testing.T, distributions int) cloud {
	t.Helper()
	c := cloud{edge: &forgetful{}}
	c.Door = servicetest.Open(t, func(db *store.Store, now func() time.Time) (api.Service, error) {
		c.service = cloudfront.New(cloudfront.Config{DB: db, Now: now, DeployTime: deployTime, MaxDistributions: distributions, Invalidate: c.edge.invalidate})
		return c.service, nil
	})
	c.Client = sdk.NewFromConfig(c.Config)
	return c
}

// edit changes the configuration of a distribution.
type edit func(*types.DistributionConfig)

// distributionConfig is a valid one, of a bucket, unless an edit spoils it.
func distributionConfig(name string, edits ...edit) *types.DistributionConfig {
	c := &types.DistributionConfig{
		CallerReference: &name, Comment: &name, Enabled: aws.Bool(true), Aliases: &types.Aliases{Quantity: aws.Int32(0)},
		Origins: &types.Origins{Quantity: aws.Int32(1), Items: []types.Origin{{
			Id: aws.String("origin"), DomainName: aws.String(bucketHost), S3OriginConfig: &types.S3OriginConfig{OriginAccessIdentity: aws.String("")},
		}}},
		DefaultCacheBehavior: &types.DefaultCacheBehavior{
			TargetOriginId: aws.String("origin"), ViewerProtocolPolicy: types.ViewerProtocolPolicyHttpsOnly, CachePolicyId: aws.String(cachingOptimized),
		},
	}
	for _, e := range edits {
		e(c)
	}
	return c
}

// distribute makes a distribution.
func (c cloud) distribute(name string, edits ...edit) *sdk.CreateDistributionOutput {
	c.Helper()
	out, err := c.CreateDistribution(c.Context(), &sdk.CreateDistributionInput{DistributionConfig: distributionConfig(name, edits...)})
	c.Must(err)
	return out
}

// use has the distributions use what an edit says while call runs.
func (c cloud) use(name string, e edit, call func()) {
	c.Helper()
	made := c.distribute(name, e)
	call()
	out, err := c.UpdateDistribution(c.Context(), &sdk.UpdateDistributionInput{
		Id: made.Distribution.Id, IfMatch: made.ETag, DistributionConfig: distributionConfig(name),
	})
	c.Must(err)
	c.discard(out.Distribution.Id)
}

// discard disables and deletes a distribution.
func (c cloud) discard(id *string) {
	c.Helper()
	now, err := c.GetDistributionConfig(c.Context(), &sdk.GetDistributionConfigInput{Id: id})
	c.Must(err)
	now.DistributionConfig.Enabled = aws.Bool(false)
	off, err := c.UpdateDistribution(c.Context(), &sdk.UpdateDistributionInput{Id: id, IfMatch: now.ETag, DistributionConfig: now.DistributionConfig})
	c.Must(err)
	c.Pass(deployTime)
	_, err = c.DeleteDistribution(c.Context(), &sdk.DeleteDistributionInput{Id: id, IfMatch: off.ETag})
	c.Must(err)
}

// names is n different names.
func names(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = "name-" + strings.Repeat("i", i+1)
	}
	return all
}

func count[T any](items []T) *int32 { return aws.Int32(int32(len(items))) }
