"""What each page draws, through Streamlit's AppTest."""
