"""The parts all pages share: form fields, errors, paging, formats, headers, assets, limits."""
