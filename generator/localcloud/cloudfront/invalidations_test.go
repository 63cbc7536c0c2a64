package cloudfront_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"sendform/generator/localcloud/servicetest"
)

func (c cloud) forget(distribution *string, reference string, paths ...string) (*sdk.CreateInvalidationOutput, error) {
	return c.CreateInvalidation(c.Context(), &sdk.CreateInvalidationInput{
		DistributionId: distribution, InvalidationBatch: &types.InvalidationBatch{CallerReference: &reference, Paths: &types.Paths{Quantity: count(paths), Items: paths}},
	})
}

func TestInvalidations(t *testing.T) {
	c := open(t)
	id := c.distribute("site").Distribution.Id
	first, err := c.forget(id, "one", "/a/*", "b")
	c.Must(err)
	if told := c.edge.take(); told != *id+" /a/* /b" || *first.Invalidation.Status != "Completed" {
		t.Errorf("it is %s, and the edge is told to forget %q", *first.Invalidation.Status, told)
	}
	again, err := c.forget(id, "one", "/a/*", "/b")
	c.Must(err)
	if told := c.edge.take(); told != "" || *again.Invalidation.Id != *first.Invalidation.Id {
		t.Errorf("the same once more is %s, and the edge is told to forget %q", *again.Invalidation.Id, told)
	}
	_, err = c.forget(id, "one", "/c")
	servicetest.WantError(t, err, "InvalidationBatchAlreadyExists", "")
	got, err := c.GetInvalidation(t.Context(), &sdk.GetInvalidationInput{DistributionId: id, Id: first.Invalidation.Id})
	c.Must(err)
	if paths := got.Invalidation.InvalidationBatch.Paths.Items; !slices.Equal(paths, []string{"/a/*", "/b"}) {
		t.Errorf("its paths are %v", paths)
	}
	_, err = c.GetInvalidation(t.Context(), &sdk.GetInvalidationInput{DistributionId: id, Id: aws.String("INONE")})
	servicetest.WantError(t, err, "NoSuchInvalidation", "")
	_, err = c.GetInvalidation(t.Context(), &sdk.GetInvalidationInput{DistributionId: aws.String("ENONE"), Id: first.Invalidation.Id})
	servicetest.WantError(t, err, "NoSuchDistribution", "")

	c.Pass(time.Second)
	second, err := c.forget(id, "two", "/")
	c.Must(err)
	var listed []string
	for p := sdk.NewListInvalidationsPaginator(c, &sdk.ListInvalidationsInput{DistributionId: id, MaxItems: aws.Int32(1)}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		c.Must(err)
		for _, i := range page.InvalidationList.Items {
			listed = append(listed, *i.Id)
		}
	}
	if want := []string{*second.Invalidation.Id, *first.Invalidation.Id}; !slices.Equal(listed, want) {
		t.Errorf("listed are %v, want %v: the newest first", listed, want)
	}
}

func TestInvalidationsThatCannotBe(t *testing.T) {
	c := open(t)
	id := c.distribute("site").Distribution.Id
	c.edge.take()
	many := func(n int, pattern string) (paths []string) {
		for i := range n {
			paths = append(paths, fmt.Sprintf(pattern, i))
		}
		return paths
	}
	for name, test := range map[string]struct {
		distribution, reference string
		paths                   []string
		code                    string
	}{
		"no distribution":     {"ENONE", "r", []string{"/"}, "NoSuchDistribution"},
		"no reference":        {*id, "", []string{"/"}, "InvalidArgument"},
		"no path":             {*id, "r", []string{}, "InvalidArgument"},
		"an empty path":       {*id, "r", []string{""}, "InvalidArgument"},
		"a star in between":   {*id, "r", []string{"/a*b"}, "InvalidArgument"},
		"a long path":         {*id, "r", []string{"/" + strings.Repeat("p", 4000)}, "InvalidArgument"},
		"too many paths":      {*id, "r", many(3001, "/%d"), "BatchTooLarge"},
		"too many with stars": {*id, "r", many(16, "/%d/*"), "TooManyInvalidationsInProgress"},
	} {
		_, err := c.forget(&test.distribution, test.reference, test.paths...)
		t.Run(name, func(t *testing.T) { servicetest.WantError(t, err, test.code, "") })
	}
	if told := c.edge.take(); told != "" {
		t.Errorf("the edge is told to forget %q", told)
	}
}
