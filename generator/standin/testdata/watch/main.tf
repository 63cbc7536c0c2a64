terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 6.50, < 7" }
  }
}

# Everything that can change in place does so when this is true.
variable "second" {
  type    = bool
  default = false
}

# What cannot change in place has this in it.
variable "suffix" {
  type    = string
  default = ""
}

provider "aws" {
  default_tags { tags = { project = var.second ? "q" : "p" } }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name                = "standin-errors${var.suffix}"
  alarm_description         = var.second ? "second" : "first"
  actions_enabled           = !var.second
  alarm_actions             = var.second ? ["arn:aws:sns:eu-west-2:111122223333:a", "arn:aws:sns:eu-west-2:111122223333:b"] : ["arn:aws:sns:eu-west-2:111122223333:a"]
  insufficient_data_actions = var.second ? ["arn:aws:sns:eu-west-2:111122223333:a"] : []
  ok_actions                = var.second ? ["arn:aws:sns:eu-west-2:111122223333:a"] : []
  comparison_operator       = var.second ? "GreaterThanThreshold" : "GreaterThanOrEqualToThreshold"
  datapoints_to_alarm       = var.second ? 2 : 1
  evaluation_periods        = var.second ? 3 : 1
  namespace                 = var.second ? "AWS/Lambda" : "Own/Lambda"
  metric_name               = var.second ? "Throttles" : "Errors"
  dimensions                = { FunctionName = var.second ? "second" : "first" }
  statistic                 = var.second ? "Maximum" : "Sum"
  period                    = var.second ? 300 : 60
  threshold                 = var.second ? 2.5 : 1
  treat_missing_data        = var.second ? "notBreaching" : "missing"
  unit                      = var.second ? "Count" : null
  tags                      = { own = var.second ? "2" : "1" }
}

resource "aws_cloudwatch_metric_alarm" "slow" {
  alarm_name          = "standin-slow${var.suffix}"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  namespace           = "AWS/Lambda"
  metric_name         = "Duration"
  extended_statistic  = var.second ? "p99.9" : "p99"
  period              = 60
  threshold           = 1000

  evaluate_low_sample_count_percentiles = var.second ? "ignore" : "evaluate"
}

resource "aws_cloudwatch_metric_alarm" "rate" {
  alarm_name          = "standin-rate${var.suffix}"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = var.second ? 5 : 1

  metric_query {
    id          = "rate"
    expression  = var.second ? "100 * errors / all" : "errors / calls"
    label       = var.second ? "percent" : "share"
    period      = var.second ? 300 : null
    return_data = true
  }
  metric_query {
    id         = "errors"
    account_id = var.second ? "444455556666" : null
    metric {
      namespace   = "AWS/Lambda"
      metric_name = "Errors"
      dimensions  = { FunctionName = "standin" }
      period      = var.second ? 300 : 60
      stat        = "Sum"
      unit        = "Count"
    }
  }
  metric_query {
    id = var.second ? "all" : "calls"
    metric {
      namespace   = var.second ? "Own/Lambda" : "AWS/Lambda"
      metric_name = var.second ? "Throttles" : "Invocations"
      dimensions  = { FunctionName = var.second ? "second" : "first" }
      period      = var.second ? 300 : 60
      stat        = var.second ? "Maximum" : "Sum"
      unit        = var.second ? "Count" : null
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "band" {
  alarm_name          = "standin-band${var.suffix}"
  comparison_operator = "GreaterThanUpperThreshold"
  evaluation_periods  = 1
  threshold_metric_id = var.second ? "wider" : "band"

  metric_query {
    id          = "band"
    expression  = "ANOMALY_DETECTION_BAND(m, 2)"
    return_data = !var.second
  }
  metric_query {
    id          = "wider"
    expression  = "ANOMALY_DETECTION_BAND(m, 3)"
    return_data = var.second
  }
  metric_query {
    id          = "m"
    return_data = true
    metric {
      namespace   = "AWS/Lambda"
      metric_name = "Invocations"
      period      = 300
      stat        = "Sum"
    }
  }
}

resource "aws_s3_bucket" "watched" {
  bucket = "standin-watched${var.suffix}"
}

resource "aws_s3_bucket" "logs" {
  for_each = toset(["a", "b"])
  bucket   = "standin-watch-logs-${each.key}"
}

resource "aws_s3_bucket_logging" "watched" {
  bucket        = aws_s3_bucket.watched.id
  target_bucket = aws_s3_bucket.logs[var.second ? "b" : "a"].id
  target_prefix = var.second ? "second/" : "first/"
  target_object_key_format {
    dynamic "partitioned_prefix" {
      for_each = var.second ? [] : [1]
      content {
        partition_date_source = "EventTime"
      }
    }
    dynamic "simple_prefix" {
      for_each = var.second ? [1] : []
      content {}
    }
  }
}
