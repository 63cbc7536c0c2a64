package standin

import (
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func expandLifecycleRule(wanted map[string]any) (types.LifecycleRule, error) {
	rule := types.LifecycleRule{
		ID:     nonEmpty(wanted["id"]),
		Status: types.ExpirationStatus(wanted["status"].(string)),
	}
	if filter, ok := block(wanted["filter"]); ok {
		expanded, err := expandLifecycleFilter(filter)
		if err != nil {
			return rule, err
		}
		rule.Filter = expanded
	} else {
		//lint:ignore SA1019 a rule without a filter has its prefix here, even when it is empty
		rule.Prefix = aws.String(wanted["prefix"].(string))
	}
	if abort, ok := block(wanted["abort_incomplete_multipart_upload"]); ok {
		rule.AbortIncompleteMultipartUpload = &types.AbortIncompleteMultipartUpload{
			DaysAfterInitiation: nonZero(abort["days_after_initiation"]),
		}
	}
	if expiration, ok := block(wanted["expiration"]); ok {
		expanded, err := expandExpiration(expiration)
		if err != nil {
			return rule, err
		}
		rule.Expiration = expanded
	}
	if expiration, ok := block(wanted["noncurrent_version_expiration"]); ok {
		newer, err := number(expiration["newer_noncurrent_versions"])
		if err != nil {
			return rule, err
		}
		rule.NoncurrentVersionExpiration = &types.NoncurrentVersionExpiration{
			NewerNoncurrentVersions: asInt32(newer),
			NoncurrentDays:          nonZero(expiration["noncurrent_days"]),
		}
	}
	for _, transition := range blocks(wanted["noncurrent_version_transition"]) {
		newer, err := number(transition["newer_noncurrent_versions"])
		if err != nil {
			return rule, err
		}
		rule.NoncurrentVersionTransitions = append(rule.NoncurrentVersionTransitions, types.NoncurrentVersionTransition{
			NewerNoncurrentVersions: asInt32(newer),
			NoncurrentDays:          nonZero(transition["noncurrent_days"]),
			StorageClass:            types.TransitionStorageClass(transition["storage_class"].(string)),
		})
	}
	for _, transition := range blocks(wanted["transition"]) {
		expanded := types.Transition{StorageClass: types.TransitionStorageClass(transition["storage_class"].(string))}
		date, err := expandDate(transition["date"])
		if err != nil {
			return rule, err
		}
		// Zero days are allowed, and there must be one of the two.
		if expanded.Date = date; date == nil {
			expanded.Days = aws.Int32(int32(transition["days"].(int)))
		}
		rule.Transitions = append(rule.Transitions, expanded)
	}
	return rule, nil
}

func expandExpiration(wanted map[string]any) (*types.LifecycleExpiration, error) {
	date, err := expandDate(wanted["date"])
	if err != nil {
		return nil, err
	}
	expiration := &types.LifecycleExpiration{Date: date, Days: nonZero(wanted["days"])}
	// AWS refuses the marker beside the other two, even when it is false.
	if marker, _ := wanted["expired_object_delete_marker"].(bool); marker || date == nil && expiration.Days == nil {
		expiration.ExpiredObjectDeleteMarker = aws.Bool(marker)
	}
	return expiration, nil
}

func expandLifecycleFilter(wanted map[string]any) (*types.LifecycleRuleFilter, error) {
	if and, ok := block(wanted["and"]); ok {
		operator := &types.LifecycleRuleAndOperator{
			Prefix: nonEmpty(and["prefix"]),
			Tags:   tagList(stringsByKey(and["tags"]), s3Tag),
		}
		if greater, _ := and["object_size_greater_than"].(int); greater > 0 {
			operator.ObjectSizeGreaterThan = aws.Int64(int64(greater))
		}
		if less, _ := and["object_size_less_than"].(int); less > 0 {
			operator.ObjectSizeLessThan = aws.Int64(int64(less))
		}
		return &types.LifecycleRuleFilter{And: operator}, nil
	}
	greater, err := number(wanted["object_size_greater_than"])
	if err != nil {
		return nil, err
	}
	less, err := number(wanted["object_size_less_than"])
	if err != nil {
		return nil, err
	}
	filter := &types.LifecycleRuleFilter{
		ObjectSizeGreaterThan: greater,
		ObjectSizeLessThan:    less,
		Prefix:                nonEmpty(wanted["prefix"]),
	}
	if tag, ok := block(wanted["tag"]); ok {
		filter.Tag = new(s3Tag(tag["key"].(string), tag["value"].(string)))
	}
	if *filter == (types.LifecycleRuleFilter{}) {
		// An empty filter, for all objects, is written as an empty prefix.
		filter.Prefix = aws.String("")
	}
	return filter, nil
}

func expandDate(value any) (*time.Time, error) {
	text, _ := value.(string)
	if text == "" {
		return nil, nil
	}
	date, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, fmt.Errorf("date %q: %w", text, err)
	}
	return &date, nil
}

// number reads a number that is kept as text; nil for no text.
func number(value any) (*int64, error) {
	text, _ := value.(string)
	if text == "" {
		return nil, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("number %q: %w", text, err)
	}
	return &n, nil
}

func asInt32(n *int64) *int32 {
	if n == nil || *n == 0 {
		return nil
	}
	return new(int32(*n))
}

func lifecycleDate(date *time.Time, layout string) string {
	if date == nil {
		return ""
	}
	return date.UTC().Format(layout)
}

func flattenLifecycleRule(rule types.LifecycleRule) map[string]any {
	flat := map[string]any{
		"id":     aws.ToString(rule.ID),
		"status": string(rule.Status),
	}
	if rule.Filter != nil {
		flat["filter"] = one(flattenLifecycleFilter(rule.Filter))
	} else {
		prefix, _ := lifecycleScope(rule)
		flat["prefix"] = prefix
	}
	if abort := rule.AbortIncompleteMultipartUpload; abort != nil {
		flat["abort_incomplete_multipart_upload"] = one(map[string]any{
			"days_after_initiation": int(aws.ToInt32(abort.DaysAfterInitiation)),
		})
	}
	if expiration := rule.Expiration; expiration != nil {
		flat["expiration"] = one(map[string]any{
			"date":                         lifecycleDate(expiration.Date, time.RFC3339),
			"days":                         int(aws.ToInt32(expiration.Days)),
			"expired_object_delete_marker": aws.ToBool(expiration.ExpiredObjectDeleteMarker),
		})
	}
	if expiration := rule.NoncurrentVersionExpiration; expiration != nil {
		flat["noncurrent_version_expiration"] = one(map[string]any{
			"newer_noncurrent_versions": textOf(expiration.NewerNoncurrentVersions),
			"noncurrent_days":           int(aws.ToInt32(expiration.NoncurrentDays)),
		})
	}
	var transitions, noncurrent []any
	for _, transition := range rule.NoncurrentVersionTransitions {
		noncurrent = append(noncurrent, map[string]any{
			"newer_noncurrent_versions": textOf(transition.NewerNoncurrentVersions),
			"noncurrent_days":           int(aws.ToInt32(transition.NoncurrentDays)),
			"storage_class":             string(transition.StorageClass),
		})
	}
	for _, transition := range rule.Transitions {
		transitions = append(transitions, map[string]any{
			"date":          lifecycleDate(transition.Date, time.RFC3339),
			"days":          int(aws.ToInt32(transition.Days)),
			"storage_class": string(transition.StorageClass),
		})
	}
	flat["noncurrent_version_transition"], flat["transition"] = noncurrent, transitions
	return flat
}

func flattenLifecycleFilter(filter *types.LifecycleRuleFilter) map[string]any {
	flat := map[string]any{
		"object_size_greater_than": textOf(filter.ObjectSizeGreaterThan),
		"object_size_less_than":    textOf(filter.ObjectSizeLessThan),
		"prefix":                   aws.ToString(filter.Prefix),
	}
	if filter.Tag != nil {
		flat["tag"] = one(map[string]any{
			"key":   aws.ToString(filter.Tag.Key),
			"value": aws.ToString(filter.Tag.Value),
		})
	}
	if and := filter.And; and != nil {
		flat["and"] = one(map[string]any{
			"object_size_greater_than": int(aws.ToInt64(and.ObjectSizeGreaterThan)),
			"object_size_less_than":    int(aws.ToInt64(and.ObjectSizeLessThan)),
			"prefix":                   aws.ToString(and.Prefix),
			"tags":                     tagMap(and.Tags, s3TagParts),
		})
	}
	return flat
}

func textOf[T int32 | int64](n *T) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(int64(*n), 10)
}
