package ssm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/seal"
	"sendform/generator/localcloud/servicetest"
	"sendform/generator/localcloud/ssm"
	"sendform/generator/localcloud/store"
)

const (
	arnPrefix = "arn:aws:ssm:" + servicetest.Region + ":" + servicetest.Account + ":parameter"
	canary    = "canary-7d1f"
)

type cloud struct {
	*servicetest.Door
	client *sdk.Client
}

func open(t *testing.T) cloud {
	t.Helper()
	door := servicetest.Open(t, func(db *store.Store, now func() time.Time) (api.Service, error) {
		key, err := seal.NewKey([]byte("a secret of thirty-two characters"), "ssm")
		return ssm.New(db, key, now), err
	})
	return cloud{door, sdk.NewFromConfig(door.Config)}
}

// put makes or overwrites a parameter and returns its version.
func (c cloud) put(name, value string, kind types.ParameterType) int64 {
	c.Helper()
	out, err := c.client.PutParameter(c.Context(), &sdk.PutParameterInput{Name: &name, Value: &value, Type: kind, Overwrite: aws.Bool(true)})
	c.Must(err)
	return out.Version
}

func (c cloud) get(name string) *types.Parameter {
	c.Helper()
	out, err := c.client.GetParameter(c.Context(), &sdk.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
	c.Must(err)
	return out.Parameter
}

func (c cloud) label(name string, version int64, labels ...string) *sdk.LabelParameterVersionOutput {
	c.Helper()
	in := &sdk.LabelParameterVersionInput{Name: &name, Labels: labels}
	if version > 0 {
		in.ParameterVersion = &version
	}
	out, err := c.client.LabelParameterVersion(c.Context(), in)
	c.Must(err)
	return out
}

func TestParameter(t *testing.T) {
	c := open(t)
	out, err := c.client.PutParameter(t.Context(), &sdk.PutParameterInput{
		Name: aws.String("/dev/limit"), Value: aws.String("10"), Type: types.ParameterTypeString,
		Description: aws.String("d"), AllowedPattern: aws.String(`^\d+$`),
		Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}},
	})
	c.Must(err)
	if out.Version != 1 || out.Tier != types.ParameterTierStandard {
		t.Errorf("got %+v", out)
	}
	keys := map[string][]string{"aws:requesttag/a": {"b"}, "aws:tagkeys": {"a"}}
	putKeys := map[string][]string{"aws:requesttag/a": {"b"}, "aws:tagkeys": {"a"}, "ssm:overwrite": {"false"}}
	if diff := cmp.Diff([]api.Access{
		{Action: "ssm:PutParameter", Resource: arnPrefix + "/dev/limit", Context: putKeys},
		{Action: "ssm:AddTagsToResource", Resource: arnPrefix + "/dev/limit", Context: keys},
	}, c.Needed()); diff != "" {
		t.Error(diff)
	}
	noon := servicetest.Noon
	want := &types.Parameter{
		ARN: aws.String(arnPrefix + "/dev/limit"), DataType: aws.String("text"), LastModifiedDate: &noon,
		Name: aws.String("/dev/limit"), Type: types.ParameterTypeString, Value: aws.String("10"), Version: 1,
	}
	if diff := cmp.Diff(want, c.get("/dev/limit"), cmpopts.IgnoreUnexported(types.Parameter{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	tagKeys := map[string][]string{"aws:resourcetag/a": {"b"}, "ssm:resourcetag/a": {"b"}}
	if diff := cmp.Diff([]api.Access{{Action: "ssm:GetParameter", Resource: arnPrefix + "/dev/limit", Context: tagKeys}}, c.Needed()); diff != "" {
		t.Error(diff)
	}

	// What is left out of the next version stays as it was.
	c.Pass(time.Hour)
	_, err = c.client.PutParameter(t.Context(), &sdk.PutParameterInput{
		Name: aws.String("/dev/limit"), Value: aws.String("20"), Overwrite: aws.Bool(true),
	})
	c.Must(err)
	described, err := c.client.DescribeParameters(t.Context(), &sdk.DescribeParametersInput{})
	c.Must(err)
	wantDescribed := []types.ParameterMetadata{{
		ARN: want.ARN, AllowedPattern: aws.String(`^\d+$`), DataType: aws.String("text"), Description: aws.String("d"),
		LastModifiedDate: aws.Time(noon.Add(time.Hour)), LastModifiedUser: aws.String(servicetest.Caller), Name: want.Name,
		Policies: []types.ParameterInlinePolicy{}, Tier: types.ParameterTierStandard, Type: types.ParameterTypeString, Version: 2,
	}}
	if diff := cmp.Diff(wantDescribed, described.Parameters, cmpopts.IgnoreUnexported(types.ParameterMetadata{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// By ARN it is the same one.
	if got := c.get(*want.ARN + ":1"); *got.Value != "10" || *got.Selector != ":1" {
		t.Errorf("got %+v", got)
	}
	_, err = c.client.DeleteParameter(t.Context(), &sdk.DeleteParameterInput{Name: want.Name})
	c.Must(err)
	_, err = c.client.GetParameter(t.Context(), &sdk.GetParameterInput{Name: want.Name})
	servicetest.WantError(t, err, "ParameterNotFound", "")
	_, err = c.client.DeleteParameter(t.Context(), &sdk.DeleteParameterInput{Name: want.Name})
	servicetest.WantError(t, err, "ParameterNotFound", "")
}

func TestSecureString(t *testing.T) {
	c := open(t)
	c.put("/dev/secret", canary, types.ParameterTypeSecureString)
	c.put("/dev/plain", canary+"-too", types.ParameterTypeString)
	if got := c.get("/dev/secret"); *got.Value != canary {
		t.Errorf("got %+v", got)
	}
	out, err := c.client.GetParameter(t.Context(), &sdk.GetParameterInput{Name: aws.String("/dev/secret")})
	c.Must(err)
	if strings.Contains(*out.Parameter.Value, canary) || *out.Parameter.Value == "" {
		t.Errorf("without decryption: %s", *out.Parameter.Value)
	}
	list, err := c.client.DescribeParameters(t.Context(), &sdk.DescribeParametersInput{ParameterFilters: []types.ParameterStringFilter{
		{Key: aws.String("KeyId"), Values: []string{"alias/aws/ssm"}},
	}})
	c.Must(err)
	if len(list.Parameters) != 1 || *list.Parameters[0].KeyId != "alias/aws/ssm" {
		t.Errorf("got %+v", list.Parameters)
	}
	if strings.Contains(c.Stored(), canary) {
		t.Error("a value lies in the store as it is")
	}
}

func TestVersionsAndLabels(t *testing.T) {
	c := open(t)
	for i := range 100 {
		if version := c.put("p", fmt.Sprint(i), types.ParameterTypeString); version != int64(i+1) {
			t.Fatalf("version %d", version)
		}
	}
	out := c.label("p", 1, "first", "1st", "aws-x", "SSM", "a b")
	if diff := cmp.Diff([]string{"1st", "aws-x", "SSM", "a b"}, out.InvalidLabels); diff != "" || out.ParameterVersion != 1 {
		t.Errorf("version %d, invalid labels %s", out.ParameterVersion, diff)
	}
	if out := c.label("p", 0, "live"); out.ParameterVersion != 100 {
		t.Errorf("got %+v", out)
	}
	for selector, want := range map[string]string{"p": "99", "p:1": "0", "p:first": "0", "p:live": "99", "p:50": "49"} {
		if got := c.get(selector); *got.Value != want {
			t.Errorf("%s is %s, want %s", selector, *got.Value, want)
		}
	}
	for _, selector := range []string{"p:101", "p:none", "p:0"} {
		_, err := c.client.GetParameter(t.Context(), &sdk.GetParameterInput{Name: &selector})
		servicetest.WantError(t, err, "ParameterVersionNotFound", "of p")
	}
	// A label holds on to the oldest version, until it moves.
	_, err := c.client.PutParameter(t.Context(), &sdk.PutParameterInput{Name: aws.String("p"), Value: aws.String("x"), Overwrite: aws.Bool(true)})
	servicetest.WantError(t, err, "ParameterMaxVersionLimitExceeded", "Version 1,")
	c.label("p", 2, "first")
	if got := c.get("p:first"); got.Version != 2 {
		t.Errorf("got %+v", got)
	}
	c.put("p", "x", types.ParameterTypeString)
	_, err = c.client.GetParameter(t.Context(), &sdk.GetParameterInput{Name: aws.String("p:1")})
	servicetest.WantError(t, err, "ParameterVersionNotFound", "")

	removed, err := c.client.UnlabelParameterVersion(t.Context(), &sdk.UnlabelParameterVersionInput{
		Name: aws.String("p"), ParameterVersion: aws.Int64(2), Labels: []string{"first", "live"},
	})
	c.Must(err)
	if !slices.Equal(removed.RemovedLabels, []string{"first"}) || !slices.Equal(removed.InvalidLabels, []string{"live"}) {
		t.Errorf("got %+v", removed)
	}
	_, err = c.client.LabelParameterVersion(t.Context(), &sdk.LabelParameterVersionInput{
		Name: aws.String("p"), Labels: strings.Split("a b c d e f g h i j k", " "),
	})
	servicetest.WantError(t, err, "ParameterVersionLabelLimitExceeded", "10")
	for _, version := range []int64{1, 500} {
		_, err = c.client.LabelParameterVersion(t.Context(), &sdk.LabelParameterVersionInput{Name: aws.String("p"), ParameterVersion: &version, Labels: []string{"a"}})
		servicetest.WantError(t, err, "ParameterVersionNotFound", "")
	}

	// The history has them all, page by page.
	var versions []int64
	for pages := sdk.NewGetParameterHistoryPaginator(c.client, &sdk.GetParameterHistoryInput{Name: aws.String("p"), MaxResults: aws.Int32(40)}); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		c.Must(err)
		for _, entry := range page.Parameters {
			versions = append(versions, entry.Version)
			if wantLabels := entry.Version == 100; slices.Contains(entry.Labels, "live") != wantLabels || entry.Labels == nil {
				t.Errorf("version %d has labels %v", entry.Version, entry.Labels)
			}
		}
	}
	if len(versions) != 100 || versions[0] != 2 || versions[99] != 101 || !slices.IsSorted(versions) {
		t.Errorf("versions %v", versions)
	}
}

func TestPaths(t *testing.T) {
	c := open(t)
	for i := range 12 {
		c.put(fmt.Sprintf("/dev/%02d", i), fmt.Sprint(i), types.ParameterTypeString)
	}
	c.put("/dev/deep/secret", canary, types.ParameterTypeSecureString)
	c.put("/device", "x", types.ParameterTypeString)
	c.put("flat", "x", types.ParameterTypeString)
	c.label("/dev/03", 1, "live")
	c.put("/dev/03", "newer", types.ParameterTypeString)
	for name, test := range map[string]struct {
		in   sdk.GetParametersByPathInput
		want string
	}{
		"one level":  {sdk.GetParametersByPathInput{Path: aws.String("/dev")}, "0 1 2 newer 4 5 6 7 8 9|10 11"},
		"with slash": {sdk.GetParametersByPathInput{Path: aws.String("/dev/"), MaxResults: aws.Int32(6)}, "0 1 2 newer 4 5|6 7 8 9 10 11"},
		"recursive": {
			sdk.GetParametersByPathInput{Path: aws.String("/dev"), Recursive: aws.Bool(true), WithDecryption: aws.Bool(true)},
			"0 1 2 newer 4 5 6 7 8 9|10 11 " + canary,
		},
		"all":     {sdk.GetParametersByPathInput{Path: aws.String("/")}, "x"},
		"nothing": {sdk.GetParametersByPathInput{Path: aws.String("/prod")}, ""},
		"type": {sdk.GetParametersByPathInput{
			Path: aws.String("/"), Recursive: aws.Bool(true), WithDecryption: aws.Bool(true),
			ParameterFilters: []types.ParameterStringFilter{{Key: aws.String("Type"), Values: []string{"SecureString"}}},
		}, canary},
		"label": {sdk.GetParametersByPathInput{
			Path:             aws.String("/dev"),
			ParameterFilters: []types.ParameterStringFilter{{Key: aws.String("Label"), Values: []string{"live"}}},
		}, "3"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for pages := sdk.NewGetParametersByPathPaginator(c.client, &test.in); pages.HasMorePages(); {
				page, err := pages.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				var values []string
				for _, parameter := range page.Parameters {
					values = append(values, *parameter.Value)
				}
				got = append(got, strings.Join(values, " "))
			}
			if strings.Join(got, "|") != test.want {
				t.Errorf("got %q", got)
			}
		})
	}
	if needed := c.Needed()[0]; needed.Action != "ssm:GetParametersByPath" || needed.Context["ssm:recursive"] == nil {
		t.Errorf("needed %+v", needed)
	}
}

func TestSeveralAtOnce(t *testing.T) {
	c := open(t)
	for _, name := range []string{"a", "b", "c"} {
		c.put(name, name, types.ParameterTypeString)
	}
	got, err := c.client.GetParameters(t.Context(), &sdk.GetParametersInput{Names: []string{"c", "none", "a:1", "a:2"}})
	c.Must(err)
	if len(got.Parameters) != 2 || *got.Parameters[0].Name != "c" || !slices.Equal(got.InvalidParameters, []string{"none", "a:2"}) {
		t.Errorf("got %+v", got)
	}
	gone, err := c.client.DeleteParameters(t.Context(), &sdk.DeleteParametersInput{Names: []string{"a", "none", "b"}})
	c.Must(err)
	if !slices.Equal(gone.DeletedParameters, []string{"a", "b"}) || !slices.Equal(gone.InvalidParameters, []string{"none"}) {
		t.Errorf("got %+v", gone)
	}
	if needed := c.Needed(); len(needed) != 3 || needed[1].Resource != arnPrefix+"/none" {
		t.Errorf("needed %+v", needed)
	}
	many := strings.Split("0 1 2 3 4 5 6 7 8 9 10", " ")
	_, err = c.client.GetParameters(t.Context(), &sdk.GetParametersInput{Names: many})
	servicetest.WantError(t, err, "ValidationException", "'names'")
	_, err = c.client.DeleteParameters(t.Context(), &sdk.DeleteParametersInput{Names: many})
	servicetest.WantError(t, err, "ValidationException", "'names'")
}

func filterOn(key, option string, values ...string) types.ParameterStringFilter {
	f := types.ParameterStringFilter{Key: &key, Values: values}
	if option != "" {
		f.Option = &option
	}
	return f
}

func TestDescribeParameters(t *testing.T) {
	c := open(t)
	for i := range 3 {
		c.put(fmt.Sprintf("/dev/%d", i), "x", types.ParameterTypeString)
	}
	c.put("/dev/deep/0", "x", types.ParameterTypeStringList)
	c.put("/prod/0", "x", types.ParameterTypeSecureString)
	_, err := c.client.PutParameter(t.Context(), &sdk.PutParameterInput{
		Name: aws.String("/prod/1"), Value: aws.String("x"), Type: types.ParameterTypeString, Tier: types.ParameterTierAdvanced,
		Tags: []types.Tag{{Key: aws.String("env"), Value: aws.String("prod")}},
	})
	c.Must(err)
	c.label("/prod/0", 1, "live")
	type filters = []types.ParameterStringFilter
	for name, test := range map[string]struct {
		in   sdk.DescribeParametersInput
		want string
	}{
		"pages":     {sdk.DescribeParametersInput{MaxResults: aws.Int32(4)}, "/dev/0 /dev/1 /dev/2 /dev/deep/0|/prod/0 /prod/1"},
		"name":      {sdk.DescribeParametersInput{ParameterFilters: filters{filterOn("Name", "", "/dev/1", "/prod/0")}}, "/dev/1 /prod/0"},
		"begins":    {sdk.DescribeParametersInput{ParameterFilters: filters{filterOn("Name", "BeginsWith", "/dev/d")}}, "/dev/deep/0"},
		"contains":  {sdk.DescribeParametersInput{ParameterFilters: filters{filterOn("Name", "Contains", "/0")}}, "/dev/0 /dev/deep/0 /prod/0"},
		"type":      {sdk.DescribeParametersInput{ParameterFilters: filters{filterOn("Type", "", "StringList")}}, "/dev/deep/0"},
		"path":      {sdk.DescribeParametersInput{ParameterFilters: filters{filterOn("Path", "", "/dev")}}, "/dev/0 /dev/1 /dev/2"},
		"recursive": {sdk.DescribeParametersInput{ParameterFilters: filters{filterOn("Path", "Recursive", "/dev")}}, "/dev/0 /dev/1 /dev/2 /dev/deep/0"},
		"label":     {sdk.DescribeParametersInput{ParameterFilters: filters{filterOn("Label", "", "live")}}, "/prod/0"},
		"tier":      {sdk.DescribeParametersInput{ParameterFilters: filters{filterOn("Tier", "", "Advanced")}}, "/prod/1"},
		"data type": {sdk.DescribeParametersInput{ParameterFilters: filters{filterOn("DataType", "", "aws:ec2:image")}}, ""},
		"tag":       {sdk.DescribeParametersInput{ParameterFilters: filters{filterOn("tag:env", "", "prod")}}, "/prod/1"},
		"other tag": {sdk.DescribeParametersInput{ParameterFilters: filters{filterOn("tag:env", "", "dev")}}, ""},
		"any tag":   {sdk.DescribeParametersInput{ParameterFilters: filters{filterOn("tag:env", "")}}, "/prod/1"},
		"both":      {sdk.DescribeParametersInput{ParameterFilters: filters{filterOn("Path", "", "/prod"), filterOn("Type", "", "String")}}, "/prod/1"},
		"shared":    {sdk.DescribeParametersInput{Shared: aws.Bool(true)}, ""},
		"old form": {sdk.DescribeParametersInput{Filters: []types.ParametersFilter{
			{Key: types.ParametersFilterKeyName, Values: []string{"/prod"}},
		}}, "/prod/0 /prod/1"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for pages := sdk.NewDescribeParametersPaginator(c.client, &test.in); pages.HasMorePages(); {
				page, err := pages.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				var names []string
				for _, parameter := range page.Parameters {
					names = append(names, *parameter.Name)
				}
				got = append(got, strings.Join(names, " "))
			}
			if strings.Join(got, "|") != test.want {
				t.Errorf("got %q", got)
			}
		})
	}
	if diff := cmp.Diff([]api.Access{{Action: "ssm:DescribeParameters", Resource: "arn:aws:ssm:eu-west-2:111122223333:*"}}, c.Needed()); diff != "" {
		t.Error(diff)
	}
}

func TestTags(t *testing.T) {
	c := open(t)
	c.put("p", "x", types.ParameterTypeString)
	add := func(id string, kind types.ResourceTypeForTagging, tags ...types.Tag) error {
		_, err := c.client.AddTagsToResource(t.Context(), &sdk.AddTagsToResourceInput{ResourceId: &id, ResourceType: kind, Tags: tags})
		return err
	}
	const parameter = types.ResourceTypeForTaggingParameter
	one := types.Tag{Key: aws.String("b"), Value: aws.String("1")}
	c.Must(add("p", parameter, one, types.Tag{Key: aws.String("a"), Value: aws.String("2")}))
	c.Must(add("p", parameter, types.Tag{Key: aws.String("c"), Value: aws.String("")}))
	_, err := c.client.RemoveTagsFromResource(t.Context(), &sdk.RemoveTagsFromResourceInput{
		ResourceId: aws.String("p"), ResourceType: parameter, TagKeys: []string{"b", "none"},
	})
	c.Must(err)
	list, err := c.client.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{ResourceId: aws.String("p"), ResourceType: parameter})
	c.Must(err)
	got := ""
	for _, tag := range list.TagList {
		got += *tag.Key + "=" + *tag.Value + " "
	}
	if got != "a=2 c= " {
		t.Errorf("got %s", got)
	}
	servicetest.WantError(t, add("none", parameter, one), "InvalidResourceId", "")
	servicetest.WantError(t, add("p", types.ResourceTypeForTaggingDocument, one), "InvalidResourceType", "")
	_, err = c.client.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{ResourceId: aws.String("none"), ResourceType: parameter})
	servicetest.WantError(t, err, "InvalidResourceId", "")
	_, err = c.client.RemoveTagsFromResource(t.Context(), &sdk.RemoveTagsFromResourceInput{ResourceId: aws.String("none"), ResourceType: parameter, TagKeys: []string{"a"}})
	servicetest.WantError(t, err, "InvalidResourceId", "")
	var many []types.Tag
	for i := range 49 {
		many = append(many, types.Tag{Key: aws.String(fmt.Sprint(i)), Value: aws.String("")})
	}
	servicetest.WantError(t, add("p", parameter, many...), "TooManyTagsError", "")
}
