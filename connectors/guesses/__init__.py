"""What a sample shows of its own form: encoding, delimiter, headings, layout, pages."""
