package cloudfront_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"sendform/generator/localcloud/servicetest"
)

// tags are given as name=value.
func tags(pairs ...string) *types.Tags {
	out := &types.Tags{Items: []types.Tag{}}
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		out.Items = append(out.Items, types.Tag{Key: &key, Value: &value})
	}
	return out
}

func TestTags(t *testing.T) {
	c := open(t)
	made, err := c.CreateDistributionWithTags(t.Context(), &sdk.CreateDistributionWithTagsInput{DistributionConfigWithTags: &types.DistributionConfigWithTags{
		DistributionConfig: distributionConfig("tagged"), Tags: tags("a=1", "b=2"),
	}})
	c.Must(err)
	allowed := fmt.Sprint(c.Needed())
	if !strings.Contains(allowed, "cloudfront:CreateDistribution") || !strings.Contains(allowed, "cloudfront:TagResource") || !strings.Contains(allowed, "aws:requesttag/a") {
		t.Errorf("it needs %s", allowed)
	}
	c.function("f", "")
	for _, arn := range []*string{made.Distribution.ARN, aws.String("arn:aws:cloudfront::" + servicetest.Account + ":function/f")} {
		_, err := c.TagResource(t.Context(), &sdk.TagResourceInput{Resource: arn, Tags: tags("b=3", "c=4", "a=1")})
		c.Must(err)
		_, err = c.UntagResource(t.Context(), &sdk.UntagResourceInput{Resource: arn, TagKeys: &types.TagKeys{Items: []string{"a", "none"}}})
		c.Must(err)
		listed, err := c.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{Resource: arn})
		c.Must(err)
		var got []string
		for _, tag := range listed.Tags.Items {
			got = append(got, *tag.Key+"="+*tag.Value)
		}
		if strings.Join(got, " ") != "b=3 c=4" {
			t.Errorf("%s has %v", *arn, got)
		}
	}

	for name, test := range map[string]struct {
		arn  string
		tags *types.Tags
		code string
	}{
		"AWS's own":   {*made.Distribution.ARN, tags("aws:a=1"), "InvalidTagging"},
		"no name":     {*made.Distribution.ARN, tags("=1"), "InvalidTagging"},
		"a long name": {*made.Distribution.ARN, tags(strings.Repeat("n", 129) + "=1"), "InvalidTagging"},
		"too many":    {*made.Distribution.ARN, tags(names(51)...), "InvalidTagging"},
		"nowhere":     {"arn:aws:cloudfront::" + servicetest.Account + ":distribution/ENONE", tags("a=1"), "NoSuchResource"},
		"elsewhere":   {"arn:aws:s3:::box", tags("a=1"), "InvalidArgument"},
	} {
		_, err := c.TagResource(t.Context(), &sdk.TagResourceInput{Resource: &test.arn, Tags: test.tags})
		t.Run(name, func(t *testing.T) { servicetest.WantError(t, err, test.code, "") })
	}
}
