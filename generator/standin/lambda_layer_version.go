package standin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func lambdaLayerVersion() kind {
	architectures, runtimes := forceNew(stringSet()), forceNew(stringSet())
	architectures.MaxItems, runtimes.MaxItems = 2, 15
	return kind{
		title: "Lambda Layer Version",
		attributes: map[string]*schema.Schema{
			"arn":                         computedString(),
			"code_sha256":                 computedString(),
			"compatible_architectures":    architectures,
			"compatible_runtimes":         runtimes,
			"created_date":                computedString(),
			"description":                 forceNew(optionalString()),
			"filename":                    conflicts(forceNew(optionalString()), "s3_bucket", "s3_key", "s3_object_version"),
			"layer_arn":                   computedString(),
			"layer_name":                  forceNew(requiredString()),
			"license_info":                forceNew(optionalString()),
			"s3_bucket":                   conflicts(forceNew(optionalString()), "filename"),
			"s3_key":                      conflicts(forceNew(optionalString()), "filename"),
			"s3_object_version":           conflicts(forceNew(optionalString()), "filename"),
			"signing_job_arn":             computedString(),
			"signing_profile_version_arn": computedString(),
			"skip_destroy":                forceNew(boolDefault(false)),
			"source_code_hash":            forceNew(optionalComputedString()),
			"source_code_size":            {Type: schema.TypeInt, Computed: true},
			"version":                     computedString(),
		},
		create: createLayerVersion,
		read:   readLayerVersion,
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			if d.Get("skip_destroy").(bool) {
				return nil
			}
			name, version, err := layerVersionOf(d.Id())
			if err != nil {
				return err
			}
			_, err = c.lambda.DeleteLayerVersion(ctx, &lambda.DeleteLayerVersionInput{LayerName: &name, VersionNumber: &version})
			return err
		},
	}
}

func createLayerVersion(ctx context.Context, d *schema.ResourceData, c *clients) error {
	content := &types.LayerVersionContentInput{
		S3Bucket:        nonEmpty(d.Get("s3_bucket")),
		S3Key:           nonEmpty(d.Get("s3_key")),
		S3ObjectVersion: nonEmpty(d.Get("s3_object_version")),
	}
	switch name := d.Get("filename").(string); {
	case name != "":
		zip, err := os.ReadFile(c.path(name))
		if err != nil {
			return fmt.Errorf("read package: %w", err)
		}
		content.ZipFile = zip
	case content.S3Bucket == nil || content.S3Key == nil:
		return errors.New("either filename, or s3_bucket and s3_key must be set")
	}
	input := &lambda.PublishLayerVersionInput{
		Content:     content,
		Description: nonEmpty(d.Get("description")),
		LayerName:   aws.String(d.Get("layer_name").(string)),
		LicenseInfo: nonEmpty(d.Get("license_info")),
	}
	for _, a := range stringsOf(d.Get("compatible_architectures")) {
		input.CompatibleArchitectures = append(input.CompatibleArchitectures, types.Architecture(a))
	}
	for _, r := range stringsOf(d.Get("compatible_runtimes")) {
		input.CompatibleRuntimes = append(input.CompatibleRuntimes, types.Runtime(r))
	}
	made, err := c.lambda.PublishLayerVersion(ctx, input)
	if err != nil {
		return err
	}
	d.SetId(aws.ToString(made.LayerVersionArn))
	return nil
}

// layerVersionOf takes the ARN of a layer's version apart.
func layerVersionOf(arn string) (name string, version int64, err error) {
	layer, number, _ := cutLast(arn, ":")
	if version, err = strconv.ParseInt(number, 10, 64); err != nil {
		return "", 0, fmt.Errorf("version of %s: %w", arn, err)
	}
	_, name, _ = cutLast(layer, ":")
	return name, version, nil
}

func readLayerVersion(ctx context.Context, d *schema.ResourceData, c *clients) error {
	name, version, err := layerVersionOf(d.Id())
	if err != nil {
		return err
	}
	found, err := c.lambda.GetLayerVersion(ctx, &lambda.GetLayerVersionInput{LayerName: &name, VersionNumber: &version})
	if err != nil {
		return err
	}
	content := found.Content
	if content == nil {
		content = &types.LayerVersionContentOutput{}
	}
	values := map[string]any{
		"arn":                         aws.ToString(found.LayerVersionArn),
		"code_sha256":                 aws.ToString(content.CodeSha256),
		"compatible_architectures":    found.CompatibleArchitectures,
		"compatible_runtimes":         found.CompatibleRuntimes,
		"created_date":                aws.ToString(found.CreatedDate),
		"description":                 aws.ToString(found.Description),
		"layer_arn":                   aws.ToString(found.LayerArn),
		"layer_name":                  name,
		"license_info":                aws.ToString(found.LicenseInfo),
		"signing_job_arn":             aws.ToString(content.SigningJobArn),
		"signing_profile_version_arn": aws.ToString(content.SigningProfileVersionArn),
		"source_code_size":            int(content.CodeSize),
		"version":                     strconv.FormatInt(found.Version, 10),
	}
	// The registry provider keeps what the configuration says; what AWS says is for
	// those that say nothing.
	if d.Get("source_code_hash").(string) == "" {
		values["source_code_hash"] = aws.ToString(content.CodeSha256)
	}
	return setAll(d, values)
}
