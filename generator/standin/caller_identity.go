package standin

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func callerIdentity() *schema.Resource {
	return &schema.Resource{
		Schema: map[string]*schema.Schema{
			"account_id": computedString(),
			"arn":        computedString(),
			"user_id":    computedString(),
		},
		ReadContext: func(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
			identity, err := meta.(*cloud).in("").sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			if err != nil {
				return diag.Errorf("reading STS Caller Identity: %s", err)
			}
			d.SetId(aws.ToString(identity.Account))
			return diag.FromErr(setAll(d, map[string]any{
				"account_id": aws.ToString(identity.Account),
				"arn":        aws.ToString(identity.Arn),
				"user_id":    aws.ToString(identity.UserId),
			}))
		},
	}
}
