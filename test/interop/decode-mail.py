"""A mail on stdin, as Python's email package reads it, as JSON on stdout."""
import base64
import email
import email.policy
import json
import sys

mail = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
defects = [str(defect) for part in mail.walk() for defect in part.defects]
defects += [f"{name}: {defect}" for part in mail.walk() for name, value in part.items() for defect in value.defects]
print(json.dumps({
    "defects": defects,
    "from": mail["From"],
    "to": mail["To"],
    "subject": mail["Subject"],
    "messageId": mail["Message-ID"],
    "date": mail["Date"].datetime.isoformat(),
    "charset": mail.get_body().get_content_charset(),
    "body": mail.get_body().get_content(),
    "attachments": [
        {
            "name": part.get_filename(),
            "type": part.get_content_type(),
            "base64": base64.b64encode(part.get_payload(decode=True)).decode(),
        }
        for part in mail.iter_attachments()
    ],
}))
