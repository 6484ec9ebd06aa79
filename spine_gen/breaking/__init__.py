"""What a changed spec means for those who read and run what the older one made: two specs in, changes out.

Apart from any database and any file; what was renamed is what the newer spec declares with `renamed_from`.
"""
