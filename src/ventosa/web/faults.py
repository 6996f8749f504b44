"""What a log may hold of a fault: its kind and its place, never a value."""

import logging
import traceback


class WithoutValues(logging.Filter):
    """Replace a trace, whose message may repeat what somebody typed, by its kind and place."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True: every record is kept, in its harmless form."""
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            places = traceback.extract_tb(error.__traceback__)
            where = f"{places[-1].filename}:{places[-1].lineno}" if places else "nowhere"
            record.msg, record.args = f"{type(error).__name__} at {where}", ()
        elif record.name.startswith("django"):
            record.msg, record.args = "a request failed", ()
        record.exc_info = record.exc_text = None
        return True
