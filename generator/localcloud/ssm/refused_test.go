package ssm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"sendform/generator/localcloud/servicetest"
)

func TestParametersThatAreRefused(t *testing.T) {
	c := open(t)
	c.put("taken", canary, types.ParameterTypeString)
	_, err := c.client.PutParameter(t.Context(), &sdk.PutParameterInput{
		Name: aws.String("advanced"), Value: aws.String("x"), Type: types.ParameterTypeString, Tier: types.ParameterTierAdvanced,
	})
	c.Must(err)
	long := func(n int) *string { return aws.String(strings.Repeat("x", n)) }
	for name, test := range map[string]struct {
		change        func(*sdk.PutParameterInput)
		code, message string
	}{
		"taken":           {func(in *sdk.PutParameterInput) { in.Name = aws.String("taken") }, "ParameterAlreadyExists", "set the overwrite option"},
		"no type":         {func(in *sdk.PutParameterInput) { in.Type = "" }, "ValidationException", "type is required"},
		"type":            {func(in *sdk.PutParameterInput) { in.Type = "Text" }, "ValidationException", "'type'"},
		"tier":            {func(in *sdk.PutParameterInput) { in.Tier = "Best" }, "ValidationException", "'tier'"},
		"no value":        {func(in *sdk.PutParameterInput) { in.Value = aws.String("") }, "ValidationException", "'value'"},
		"nested":          {func(in *sdk.PutParameterInput) { in.Value = aws.String("{{ssm:x}}") }, "ValidationException", "nest"},
		"too long":        {func(in *sdk.PutParameterInput) { in.Value = long(4097) }, "ValidationException", "4096"},
		"too long by far": {func(in *sdk.PutParameterInput) { in.Value, in.Tier = long(8193), "Advanced" }, "ValidationException", "8192"},
		"tiered by far":   {func(in *sdk.PutParameterInput) { in.Value, in.Tier = long(8193), "Intelligent-Tiering" }, "ValidationException", "8192"},
		"downgrade": {func(in *sdk.PutParameterInput) {
			in.Name, in.Tier, in.Overwrite = aws.String("advanced"), "Standard", aws.Bool(true)
		}, "ValidationException", "downgrade"},
		"pattern":            {func(in *sdk.PutParameterInput) { in.AllowedPattern = aws.String("^y$") }, "ParameterPatternMismatchException", "^y$"},
		"bad pattern":        {func(in *sdk.PutParameterInput) { in.AllowedPattern = aws.String("(") }, "InvalidAllowedPatternException", "("},
		"key":                {func(in *sdk.PutParameterInput) { in.KeyId = aws.String("alias/x") }, "ValidationException", "KeyId"},
		"tags and overwrite": {func(in *sdk.PutParameterInput) { in.Overwrite, in.Tags = aws.Bool(true), tags(1) }, "ValidationException", "can't be used together"},
		"too many tags":      {func(in *sdk.PutParameterInput) { in.Tags = tags(51) }, "TooManyTagsError", ""},
		"name":               {func(in *sdk.PutParameterInput) { in.Name = aws.String("a b") }, "ValidationException", "can't be prefixed"},
		"reserved name":      {func(in *sdk.PutParameterInput) { in.Name = aws.String("/Aws/x") }, "ValidationException", "can't be prefixed"},
		"half a path":        {func(in *sdk.PutParameterInput) { in.Name = aws.String("a/b") }, "ValidationException", "fully qualified"},
		"slash at the end":   {func(in *sdk.PutParameterInput) { in.Name = aws.String("/a/") }, "ValidationException", "can't be prefixed"},
		"long name":          {func(in *sdk.PutParameterInput) { in.Name = long(1012) }, "ValidationException", "1011"},
		"deep name":          {func(in *sdk.PutParameterInput) { in.Name = aws.String(strings.Repeat("/a", 16)) }, "HierarchyLevelLimitExceededException", "15"},
		"policies":           {func(in *sdk.PutParameterInput) { in.Policies = aws.String("[{}]") }, "NotImplemented", "Policies"},
		"data type":          {func(in *sdk.PutParameterInput) { in.DataType = aws.String("aws:ec2:image") }, "NotImplemented", "aws:ec2:image"},
	} {
		t.Run(name, func(t *testing.T) {
			in := &sdk.PutParameterInput{Name: aws.String("new"), Value: aws.String("x"), Type: types.ParameterTypeString}
			test.change(in)
			_, err := c.client.PutParameter(t.Context(), in)
			servicetest.WantError(t, err, test.code, test.message)
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("the value is in %v", err)
			}
		})
	}
	if got := c.get("taken"); got.Version != 1 {
		t.Errorf("got %+v", got)
	}
}

func tags(n int) []types.Tag {
	list := make([]types.Tag, n)
	for i := range list {
		list[i] = types.Tag{Key: aws.String(fmt.Sprint(i)), Value: aws.String("")}
	}
	return list
}

func TestTiers(t *testing.T) {
	c := open(t)
	for _, test := range []struct {
		asked types.ParameterTier
		size  int
		want  types.ParameterTier
	}{
		{"", 4096, "Standard"},
		{"Advanced", 8192, "Advanced"},
		{"Intelligent-Tiering", 4096, "Standard"},
		{"Intelligent-Tiering", 4097, "Advanced"},
	} {
		out, err := c.client.PutParameter(t.Context(), &sdk.PutParameterInput{
			Name: aws.String(fmt.Sprintf("%s%d", test.asked, test.size)), Type: types.ParameterTypeString,
			Value: aws.String(strings.Repeat("x", test.size)), Tier: test.asked,
		})
		c.Must(err)
		if out.Tier != test.want {
			t.Errorf("%s of %d bytes became %s", test.asked, test.size, out.Tier)
		}
	}
}

func TestCallsThatAreRefused(t *testing.T) {
	c := open(t)
	c.put("p", "x", types.ParameterTypeString)
	describe := func(in sdk.DescribeParametersInput) error {
		_, err := c.client.DescribeParameters(t.Context(), &in)
		return err
	}
	byPath := func(in sdk.GetParametersByPathInput) error {
		_, err := c.client.GetParametersByPath(t.Context(), &in)
		return err
	}
	history := func(in sdk.GetParameterHistoryInput) error {
		_, err := c.client.GetParameterHistory(t.Context(), &in)
		return err
	}
	p, root, bad := aws.String("p"), aws.String("/"), aws.String("!")
	for _, test := range []struct {
		err           error
		code, message string
	}{
		{describe(sdk.DescribeParametersInput{MaxResults: aws.Int32(51)}), "ValidationException", "'maxResults'"},
		{describe(sdk.DescribeParametersInput{NextToken: bad}), "InvalidNextToken", ""},
		{describe(sdk.DescribeParametersInput{ParameterFilters: []types.ParameterStringFilter{filterOn("Size", "", "1")}}), "InvalidFilterKey", ""},
		{describe(sdk.DescribeParametersInput{ParameterFilters: []types.ParameterStringFilter{filterOn("Type", "Contains", "S")}}), "InvalidFilterOption", "Contains"},
		{describe(sdk.DescribeParametersInput{ParameterFilters: []types.ParameterStringFilter{filterOn("Name", "")}}), "InvalidFilterValue", "Name"},
		{describe(sdk.DescribeParametersInput{
			ParameterFilters: []types.ParameterStringFilter{filterOn("Name", "", "a")},
			Filters:          []types.ParametersFilter{{Key: types.ParametersFilterKeyName, Values: []string{"a"}}},
		}), "ValidationException", "either Filters or ParameterFilters"},
		{byPath(sdk.GetParametersByPathInput{Path: p}), "ValidationException", "must begin with a forward slash"},
		{byPath(sdk.GetParametersByPathInput{Path: root, MaxResults: aws.Int32(11)}), "ValidationException", "'maxResults'"},
		{byPath(sdk.GetParametersByPathInput{Path: root, NextToken: bad}), "InvalidNextToken", ""},
		{byPath(sdk.GetParametersByPathInput{Path: root, ParameterFilters: []types.ParameterStringFilter{filterOn("Name", "", "a")}}), "InvalidFilterKey", ""},
		{history(sdk.GetParameterHistoryInput{Name: aws.String("none")}), "ParameterNotFound", ""},
		{history(sdk.GetParameterHistoryInput{Name: p, MaxResults: aws.Int32(51)}), "ValidationException", "'maxResults'"},
		{history(sdk.GetParameterHistoryInput{Name: p, NextToken: bad}), "InvalidNextToken", ""},
		{history(sdk.GetParameterHistoryInput{Name: p, NextToken: aws.String("eA")}), "InvalidNextToken", ""},
	} {
		servicetest.WantError(t, test.err, test.code, test.message)
	}
	_, err := c.client.GetDocument(t.Context(), &sdk.GetDocumentInput{Name: p})
	servicetest.WantError(t, err, "NotImplemented", "ssm AmazonSSM.GetDocument")
	_, err = c.client.GetParameter(t.Context(), &sdk.GetParameterInput{Name: aws.String("arn:aws:ssm:us-east-1:999999999999:parameter/p")})
	servicetest.WantError(t, err, "ParameterNotFound", "")
}
