package lifecycle

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// layerVersion is the ARN of the newest version of a layer.
func (o observer) layerVersion(ctx context.Context, name string) (string, error) {
	out, err := o.lambda.ListLayerVersions(ctx, &lambda.ListLayerVersionsInput{LayerName: &name, MaxItems: aws.Int32(1)})
	if err != nil && !isGone(err) {
		return "", fmt.Errorf("layer %s: %w", name, err)
	}
	if isGone(err) || len(out.LayerVersions) == 0 {
		return "", fmt.Errorf("layer %s: %w", name, errUnknown)
	}
	return aws.ToString(out.LayerVersions[0].LayerVersionArn), nil
}

func (o observer) layer(ctx context.Context, name string) (map[string]any, error) {
	arn, err := o.layerVersion(ctx, name)
	if errors.Is(err, errUnknown) {
		return nil, errGone
	}
	if err != nil {
		return nil, err
	}
	out, err := o.lambda.GetLayerVersionByArn(ctx, &lambda.GetLayerVersionByArnInput{Arn: &arn})
	if err != nil {
		return nil, err
	}
	runtimes := make([]string, 0, len(out.CompatibleRuntimes))
	for _, r := range out.CompatibleRuntimes {
		runtimes = append(runtimes, string(r))
	}
	architectures := make([]string, 0, len(out.CompatibleArchitectures))
	for _, a := range out.CompatibleArchitectures {
		architectures = append(architectures, string(a))
	}
	got := map[string]any{
		"runtimes": runtimes, "architectures": architectures, "description": aws.ToString(out.Description), "policy": nil,
	}
	policy, err := o.lambda.GetLayerVersionPolicy(ctx, &lambda.GetLayerVersionPolicyInput{LayerName: &name, VersionNumber: aws.Int64(out.Version)})
	if err != nil && !isGone(err) {
		return nil, err
	}
	if err == nil {
		if got["policy"], err = parsePolicy(aws.ToString(policy.Policy)); err != nil {
			return nil, err
		}
	}
	if out.Content != nil {
		got["code_sha256"] = aws.ToString(out.Content.CodeSha256)
	}
	return got, nil
}
