package standin

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// regionDescription returns AWS's name of a region's place, or the empty string
// for a region that does not exist.
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
func regionDescription(region string) string {
	return map[string]string{
		"af-south-1":     "Africa (Cape Town)",
		"ap-east-1":      "Asia Pacific (Hong Kong)",
		"ap-east-2":      "Asia Pacific (Taipei)",
		"ap-northeast-1": "Asia Pacific (Tokyo)",
		"ap-northeast-2": "Asia Pacific (Seoul)",
		"ap-northeast-3": "Asia Pacific (Osaka)",
		"ap-south-1":     "Asia Pacific (Mumbai)",
		"ap-south-2":     "Asia Pacific (Hyderabad)",
		"ap-southeast-1": "Asia Pacific (Singapore)",
		"ap-southeast-2": "Asia Pacific (Sydney)",
		"ap-southeast-3": "Asia Pacific (Jakarta)",
		"ap-southeast-4": "Asia Pacific (Melbourne)",
		"ap-southeast-5": "Asia Pacific (Malaysia)",
		"ap-southeast-6": "Asia Pacific (New Zealand)",
		"ap-southeast-7": "Asia Pacific (Thailand)",
		"ca-central-1":   "Canada (Central)",
		"ca-west-1":      "Canada West (Calgary)",
		"cn-north-1":     "China (Beijing)",
		"cn-northwest-1": "China (Ningxia)",
		"eu-central-1":   "Europe (Frankfurt)",
		"eu-central-2":   "Europe (Zurich)",
		"eu-north-1":     "Europe (Stockholm)",
		"eu-south-1":     "Europe (Milan)",
		"eu-south-2":     "Europe (Spain)",
		"eu-west-1":      "Europe (Ireland)",
		"eu-west-2":      "Europe (London)",
		"eu-west-3":      "Europe (Paris)",
		"il-central-1":   "Israel (Tel Aviv)",
		"me-central-1":   "Middle East (UAE)",
		"me-south-1":     "Middle East (Bahrain)",
		"mx-central-1":   "Mexico (Central)",
		"sa-east-1":      "South America (Sao Paulo)",
		"us-east-1":      "US East (N. Virginia)",
		"us-east-2":      "US East (Ohio)",
		"us-gov-east-1":  "AWS GovCloud (US-East)",
		"us-gov-west-1":  "AWS GovCloud (US-West)",
		"us-west-1":      "US West (N. California)",
		"us-west-2":      "US West (Oregon)",
	}[region]
}

// partition is a separate AWS, with its own accounts and names.
type partition struct {
	id, dnsSuffix, reverseDNS string
}

// partitionOf returns the partition that a region is in.
func partitionOf(region string) partition {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return partition{"aws-cn", "amazonaws.com.cn", "cn.com.amazonaws"}
	case strings.HasPrefix(region, "us-gov-"):
		return partition{"aws-us-gov", "amazonaws.com", "com.amazonaws"}
	default:
		return partition{"aws", "amazonaws.com", "com.amazonaws"}
	}
}

func regionData() *schema.Resource {
	return &schema.Resource{
		Schema: map[string]*schema.Schema{
			"description": computedString(),
			"endpoint":    optionalComputedString(),
			"name":        deprecated(optionalComputedString(), "Use region instead."),
			"region":      optionalComputedString(),
		},
		ReadContext: func(_ context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
			region := meta.(*cloud).settings.region
			for _, argument := range []string{"name", "region"} {
				if value := d.Get(argument).(string); value != "" {
					region = value
				}
			}
			if endpoint := d.Get("endpoint").(string); endpoint != "" {
				if parts := strings.Split(endpoint, "."); len(parts) > 2 && parts[0] == "ec2" {
					region = parts[1]
				}
			}
			description := regionDescription(region)
			if description == "" {
				return diag.Errorf("no matching AWS Region found: %s", region)
			}
			d.SetId(region)
			return diag.FromErr(setAll(d, map[string]any{
				"description": description,
				"endpoint":    "ec2." + region + "." + partitionOf(region).dnsSuffix,
				"name":        region,
				"region":      region,
			}))
		},
	}
}

func partitionData() *schema.Resource {
	return &schema.Resource{
		Schema: map[string]*schema.Schema{
			"dns_suffix":         computedString(),
			"partition":          computedString(),
			"reverse_dns_prefix": computedString(),
		},
		ReadContext: func(_ context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
			found := partitionOf(meta.(*cloud).settings.region)
			d.SetId(found.id)
			return diag.FromErr(setAll(d, map[string]any{
				"dns_suffix":         found.dnsSuffix,
				"partition":          found.id,
				"reverse_dns_prefix": found.reverseDNS,
			}))
		},
	}
}
