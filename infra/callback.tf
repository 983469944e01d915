# Thulium can sign nothing and knows no AWS credentials, so the address is open and the function
# authenticates its callers before it reads anything.
resource "aws_lambda_function_url" "callback" {
  #checkov:skip=CKV_AWS_258:Thulium cannot sign requests for AWS; the function checks Basic auth or a token in constant time
  function_name      = aws_lambda_function.function["callback"].function_name
  authorization_type = "NONE"
}

resource "aws_lambda_permission" "url" {
  #checkov:skip=CKV_AWS_301:whoever knows the address may call it, which is what an open Function URL is; the function authenticates
  #checkov:skip=CKV_AWS_364:the caller is no AWS service, so there is no source to pin
  for_each = module.plan.url_permissions

  statement_id             = "function-url-${each.key}"
  function_name            = aws_lambda_function.function["callback"].function_name
  principal                = "*"
  action                   = each.value.action
  function_url_auth_type   = each.value.function_url_auth_type
  invoked_via_function_url = each.value.invoked_via_function_url

  depends_on = [aws_lambda_function_url.callback]
}
