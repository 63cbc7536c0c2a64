package lifecycle

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// parameter asks for everything but the value, and for that only where it is
// wanted: a secret's stays where it is.
func (o observer) parameter(ctx context.Context, name string, want map[string]any) (map[string]any, error) {
	out, err := o.ssm.DescribeParameters(ctx, &ssm.DescribeParametersInput{ParameterFilters: []types.ParameterStringFilter{
		{Key: aws.String("Name"), Option: aws.String("Equals"), Values: []string{name}},
	}})
	if err != nil {
		return nil, err
	}
	if len(out.Parameters) == 0 {
		return nil, errGone
	}
	found := out.Parameters[0]
	tags, err := o.ssm.ListTagsForResource(ctx, &ssm.ListTagsForResourceInput{ResourceId: &name, ResourceType: types.ResourceTypeForTaggingParameter})
	if err != nil {
		return nil, err
	}
	byName := map[string]string{}
	for _, t := range tags.TagList {
		byName[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	got := map[string]any{
		"type": string(found.Type), "tier": string(found.Tier), "description": aws.ToString(found.Description), "tags": ownTags(byName),
		"key": aws.ToString(found.KeyId), "pattern": aws.ToString(found.AllowedPattern), "data_type": aws.ToString(found.DataType),
	}
	if _, wanted := want["value"]; wanted {
		value, err := o.ssm.GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
		if err != nil {
			return nil, err
		}
		got["value"] = aws.ToString(value.Parameter.Value)
	}
	return got, nil
}

// secret asks for everything but the value. One that waits for the end of its
// recovery window is still there.
func (o observer) secret(ctx context.Context, name string) (map[string]any, error) {
	out, err := o.secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &name})
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, t := range out.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	got := map[string]any{
		"description": aws.ToString(out.Description), "has_value": len(out.VersionIdsToStages) > 0,
		"policy": nil, "rotation": aws.ToBool(out.RotationEnabled), "tags": ownTags(tags),
		"key": aws.ToString(out.KmsKeyId), "replicas": len(out.ReplicationStatus), "deleted": nil,
	}
	if out.DeletedDate != nil {
		got["deleted"] = "its recovery window has not ended"
		return got, nil
	}
	policy, err := o.secrets.GetResourcePolicy(ctx, &secretsmanager.GetResourcePolicyInput{SecretId: &name})
	if err != nil {
		return nil, err
	}
	if text := aws.ToString(policy.ResourcePolicy); text != "" {
		parsed, err := parsePolicy(text)
		if err != nil {
			return nil, errors.Join(errors.New("read the secret's policy"), err)
		}
		got["policy"] = parsed
	}
	return got, nil
}
