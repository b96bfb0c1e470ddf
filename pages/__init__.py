"""Everything that says ``st.``: the frame (``shell``), one script per page, shared pieces (``ui``)."""
